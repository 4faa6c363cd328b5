"""Scores of whole sets that Inception's answers give beside the Frechet distance."""

from itertools import pairwise

import torch
from torch import Tensor
from torch.special import entr, xlogy


def kernel_distance(
    first: Tensor, second: Tensor, *, subsets: int = 100, size: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """KID (Binkowski et al., ICLR 2018) of features (N,F) and (M,F): mean and standard deviation over random subsets.

    The squared MMD, unbiased, of the kernel (x.y / F + 1)^3. A subset has `size` rows, or as many as there are.
    """
    from torchmetrics.image.kid import poly_mmd

    generator = torch.Generator().manual_seed(seed)
    rows = min(size, len(first), len(second))

    def drawn(features: Tensor) -> Tensor:
        return features[torch.randperm(len(features), generator=generator)[:rows].to(features.device)].double()

    found = torch.stack([poly_mmd(drawn(first), drawn(second)) for _ in range(subsets)])
    return float(found.mean()), float(found.std(correction=0))


def inception_score(logits: Tensor, *, splits: int = 10, shuffle: int | None = None) -> tuple[float, float]:
    """exp E KL(p(y|x) | p(y)) (Salimans et al., NeurIPS 2016) of logits (N,C): mean and standard deviation over the splits.

    Splits are runs of N / `splits` images in the order given, as PATN has them; `shuffle` is the seed of another order, as IF
    and torch-fidelity have it. Splits of other sizes, or another order, are another score.
    """
    if shuffle is not None:
        logits = logits[torch.randperm(len(logits), generator=torch.Generator().manual_seed(shuffle)).to(logits.device)]
    shares = logits.double().softmax(1)
    cuts = [i * len(shares) // splits for i in range(splits + 1)]
    scores = torch.stack([_sharpness(shares[a:b]) for a, b in pairwise(cuts)])
    return float(scores.mean()), float(scores.std(correction=0))


def _sharpness(shares: Tensor) -> Tensor:
    """exp of the mean divergence of distributions (N,C) from their mean."""
    return (-entr(shares) - xlogy(shares, shares.mean(0))).sum(1).mean().exp()
