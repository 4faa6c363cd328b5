"""SPADE and SEAN against the checks of their papers: what modulates what, and what stays out of it."""

import pytest
import torch
from torch import Tensor, nn

from tests.base.merging import CONTEXT, SIZE, people, style_of
from zoo.errors import ZooError
from zoo_base.spade import SeanMerge, Spade, SpadeMerge


def parsing(size: tuple[int, int] = (6, 9), seen: int = 8, seed: int = 0) -> Tensor:
    """The first `seen` of eight regions, at random."""
    labels = torch.randint(0, seen, (2, *size), generator=torch.Generator().manual_seed(seed))
    return nn.functional.one_hot(labels, 8).movedim(-1, 1).float()


def test_silent_convolutions_leave_the_norm() -> None:
    layer, x = Spade(4, 8, code=4), torch.randn(2, 4, 6, 9)
    for weight in (layer.of_parsing[-1].weight, layer.of_parsing[-1].bias, layer.of_codes.weight, layer.of_codes.bias):
        nn.init.zeros_(weight)
    normed = nn.BatchNorm2d(4, affine=False)(x)
    assert torch.equal(layer(x, parsing()), normed) and torch.equal(layer(x, parsing(), torch.randn(2, 8, 4)), normed)


def test_labels_are_but_names() -> None:
    torch.manual_seed(0)
    layer, x, where, codes = Spade(4, 8, code=5), torch.randn(2, 4, 6, 9), parsing(), torch.randn(2, 8, 5)
    nn.init.normal_(layer.of_parsing[-1].weight)
    order = [0, 5, 2, 3, 4, 1, 6, 7]
    before = layer(x, where, codes)
    with torch.no_grad():
        layer.of_parsing[0][0].weight.copy_(layer.of_parsing[0][0].weight[:, order])
        layer.words.copy_(layer.words[order])
    torch.testing.assert_close(layer(x, where[:, order], codes[:, order]), before)
    assert not torch.allclose(layer(x, where, codes), before)


def test_a_region_hears_its_own_code_alone() -> None:
    torch.manual_seed(0)
    layer, x, where, codes = Spade(4, 8, kernel=1, code=5), torch.randn(2, 4, 6, 9), parsing(), torch.randn(2, 8, 5)
    other = codes.clone()
    other[:, 3] += 1
    changed = (layer(x, where, codes) != layer(x, where, other)).any(1)
    assert torch.equal(changed, where[:, 3].bool())


def test_spade_knows_the_style_by_its_mean_and_sean_by_its_regions() -> None:
    source, target = people()
    target = target.but(parsing=parsing(SIZE, seen=7, seed=1))
    style = style_of(parsing(SIZE, seen=6))
    one_half = style.pyramid[0].detach().clone()
    one_half[..., :12], one_half[..., 12:] = one_half[..., 12:].clone(), one_half[..., :12].clone()
    moved = style.but(pyramid=(one_half, style.pyramid[1]))
    for kind, knows in ((SpadeMerge, False), (SeanMerge, True)):
        torch.manual_seed(0)
        operator = kind(CONTEXT, width=4, hidden=8).eval()
        for blocks in operator.levels:
            for layer in blocks.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.normal_(layer.weight, 0, 0.2)  # loud enough to tell
        here, there = (operator(s, source, target).pyramid[0] for s in (style, moved))
        apart = (here - there).abs().max()
        assert here.isfinite().all() and (apart > 0.1 if knows else apart < 1e-4)


def test_missing_parsings_are_told() -> None:
    source, target = people()
    with pytest.raises(ZooError, match="target has no parsing"):
        SpadeMerge(CONTEXT, width=4)(style_of(None), source, target)
    with pytest.raises(ZooError, match="source has no parsing"):
        SeanMerge(CONTEXT, width=4)(style_of(None), source, target.but(parsing=parsing(SIZE)))
