"""Small folders of outputs and targets."""

from pathlib import Path

import torch
from torch import Tensor

from zoo.photos.images import write_image
from zoo.scoring.pictures.naming import Couple


def smooth(count: int, size: tuple[int, int], seed: int = 0) -> Tensor:
    """(N,3,H,W) in [-1,1]."""
    coarse = torch.rand(count, 3, 8, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear") * 2 - 1


def make_couples(folder: Path, count: int, size: tuple[int, int], ending: str = "png") -> list[Couple]:
    """Targets t0, t1 ... and outputs like them, written into `folder`."""
    truths = smooth(count, size)
    outputs = (truths + 0.1 * torch.randn(truths.shape, generator=torch.Generator().manual_seed(1))).clamp(-1, 1)
    for side, images in (("targets", truths), ("outputs", outputs)):
        (folder / side).mkdir(parents=True, exist_ok=True)
        for i, image in enumerate(images):
            write_image(folder / side / f"t{i}.{ending}", image)
    return [
        Couple(f"t{i}", *(folder / side / f"t{i}.{ending}" for side in ("outputs", "targets")), target_name=f"t{i}")
        for i in range(count)
    ]
