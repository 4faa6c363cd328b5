"""The auxiliary loss of attention-like operators: zero at the true motion, above it elsewhere, silent without a field."""

import pytest
import torch
from torch import Tensor

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.correlate import correlation
from zoo.regions import vocabulary
from zoo.types import Fields, Merged, Outcome
from zoo_base.warped_source import WarpedSource

SIZE = (16, 24)
LOSS = WarpedSource(Context(size=SIZE, regions=vocabulary("scm8")))


def outcome(fields: Fields, shift: int = 0) -> Outcome:
    """A target whose pixel (x, y) shows the source's (x + `shift`, y), seamlessly round the border."""
    pair = make_pair(SIZE)
    assert pair.source.image is not None
    pair = pair.but(target=pair.target.but(image=pair.source.image.roll(-shift, 3)))
    merged = Merged(pyramid=(torch.zeros(2, 4, 8, 12),), codes=torch.zeros(2, 8, 4), fields=fields)
    return Outcome(pair=pair, source=pair.source, target=pair.target, merged=merged)


def flow(dx: float, size: tuple[int, int] = SIZE, parts: int = 1) -> Tensor:
    columns = torch.arange(size[1])
    wrapped = (columns + dx) % size[1] - columns
    return torch.stack([wrapped.expand(size), torch.zeros(size)]).expand(2, parts, 2, *size).clone()


def test_it_is_zero_at_the_true_flow_of_every_level_and_not_elsewhere() -> None:
    true = Fields(flow=(flow(4), flow(2, (8, 12))))
    assert LOSS(outcome(true, 4)) < 1e-6
    for wrong in (Fields(flow=(flow(0),)), Fields(flow=(flow(4), flow(3, (8, 12))))):
        assert LOSS(outcome(wrong, 4)) > 0.1


def test_it_is_zero_at_the_true_correlation_and_pulls_towards_it() -> None:
    places = torch.eye(8 * 12).view(1, 96, 8, 12).expand(2, -1, -1, -1)
    true = correlation(places.roll(-2, 3), places, 0.01, center="none")
    assert LOSS(outcome(Fields(correlation=true), 4)) < 1e-5
    query = torch.randn(2, 96, 8, 12, requires_grad=True)
    loss = LOSS(outcome(Fields(correlation=correlation(query, places, 0.1)), 4))
    loss.backward()
    assert loss > 0.05 and query.grad is not None and query.grad.abs().sum() > 0


def test_parts_are_blended_by_their_visibility() -> None:
    both = torch.cat([flow(4), flow(0)], 1)
    sure, torn = (torch.tensor(v).view(1, 2, 1, 1, 1).expand(2, -1, -1, *SIZE) for v in ([0.8, 0.0], [0.5, 0.5]))
    assert LOSS(outcome(Fields(flow=(both,), visibility=(sure,)), 4)) < 1e-6
    half = LOSS(outcome(Fields(flow=(both,), visibility=(torn,)), 4))
    torch.testing.assert_close(half, LOSS(outcome(Fields(flow=(both,)), 4)))
    torch.testing.assert_close(half, LOSS(outcome(Fields(flow=(flow(0),)), 4)) / 2)


def test_the_visibility_of_one_part_is_not_judged() -> None:
    visibility = torch.rand(2, 1, 1, *SIZE, requires_grad=True)
    moving = flow(1.5).requires_grad_()
    LOSS(outcome(Fields(flow=(moving,), visibility=(visibility,)), 4)).backward()
    assert visibility.grad is None and moving.grad is not None and moving.grad.abs().sum() > 0


def test_who_exposes_nothing_owes_nothing_and_who_merged_nothing_is_told() -> None:
    assert LOSS(outcome(Fields())) == 0
    with pytest.raises(ZooError, match="merged style"):
        LOSS(outcome(Fields()).but(merged=None))
