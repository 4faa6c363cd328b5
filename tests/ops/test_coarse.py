"""What benchmarks/speed/coarse.py measures: a correlation from coarse to fine is never further off than it says."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from zoo.ops.correlate import correlation, transport
from zoo.types import Correlation

GRID = (23, 19)  # divides by nothing
SIZES = {"tile": 16, "cell": 8, "near": 6}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "speed"))
    try:
        import coarse
    finally:
        sys.path.pop(0)
    return coarse


def smooth(shift: float) -> Tensor:
    """Features that change slowly over the picture, the same for neighbours: (2,24,h,w)."""
    y, x = torch.meshgrid(*(torch.linspace(0, 1, n) for n in GRID), indexing="ij")
    waves = torch.arange(1.0, 7.0)[:, None, None]
    maps = torch.cat(
        [torch.sin(waves * (x + shift)), torch.cos(waves * (y - shift)), torch.sin(waves * y), torch.cos(waves * x)]
    )
    return torch.stack([maps, maps.flip(2)])


def field(kind: str) -> tuple[Correlation, Tensor]:
    """A field whose rows are of one kind, and values."""
    torch.manual_seed(0)
    values = torch.randn(2, 5, *GRID)
    if kind == "random":
        return correlation(torch.randn(2, 24, *GRID), torch.randn(2, 24, *GRID), 0.05), values
    if kind == "local":
        return correlation(smooth(0.02), smooth(0.0), 0.05, "none"), smooth(0.0)[:, :5]
    if kind == "flat":
        return correlation(torch.zeros(2, 24, *GRID), torch.randn(2, 24, *GRID), 0.05), values
    if kind == "opposed":  # the middle of every tile is near zero, and tells nothing of its queries
        query = torch.randn(2, 24, 1, 1) * torch.randn(2, 1, *GRID).sign() + 0.01 * torch.randn(2, 24, *GRID)
        return correlation(query, torch.randn(2, 24, *GRID), 0.05, "none"), values
    raise AssertionError(kind)


KINDS = ("random", "local", "flat", "opposed")


def error(moved: Tensor, corr: Correlation, values: Tensor) -> Tensor:
    return (moved - transport(corr, values)).norm(dim=1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_is_above_its_bound(script: ModuleType, kind: str) -> None:
    corr, values = field(kind)
    moved, bound = script.coarse(corr, values, float("inf"), **SIZES)
    assert moved.shape == values.shape and bound.shape == (2, *GRID)
    assert (error(moved, corr, values) <= bound + 1e-4).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tolerance", [0.01, 0.3])
def test_what_may_be_off_by_more_than_the_tolerance_is_worked_out_whole(
    script: ModuleType, kind: str, tolerance: float
) -> None:
    corr, values = field(kind)
    moved, bound = script.coarse(corr, values, tolerance, **SIZES)
    off = error(moved, corr, values)
    assert bound.max() <= tolerance and (off <= bound + 1e-4).all()
    assert off[bound == 0].max() < 1e-4 if (bound == 0).any() else True


def test_slow_features_are_local_and_noise_is_not(script: ModuleType) -> None:
    share = {kind: (script.coarse(*field(kind), 0.3, **SIZES)[1] > 0).float().mean() for kind in ("local", "random")}
    assert share["local"] > 0.4 and share["random"] == 0


def test_local_rows_have_nearly_the_gradient_of_whole_ones(script: ModuleType) -> None:
    corr, values = field("local")
    weight = torch.randn_like(values)

    def gradients(coarse: bool) -> tuple[Tensor, ...]:
        given = [x.clone().requires_grad_() for x in (corr.query, corr.key, values)]
        asked = corr.but(query=given[0], key=given[1])
        moved = script.coarse(asked, given[2], 0.03, **SIZES)[0] if coarse else transport(asked, given[2])
        return torch.autograd.grad((moved * weight).sum(), given)

    for found, true in zip(gradients(True), gradients(False), strict=True):
        assert (found - true).norm() < 0.05 * true.norm()


def test_samples_of_a_batch_know_nothing_of_one_another(script: ModuleType) -> None:
    corr, values = field("local")
    together = script.coarse(corr, values, float("inf"), **SIZES)[0]
    for i in (0, 1):
        own = corr.but(query=corr.query[i : i + 1], key=corr.key[i : i + 1])
        alone = script.coarse(own, values[i : i + 1], float("inf"), **SIZES)[0]
        assert (together[i : i + 1] - alone).abs().max() < 1e-4
