"""A point of the output is traced to where its pixels came from."""

import pytest
import torch

from tests.explain.test_panels import SIZE, flow, outcome
from zoo.explain.origins import origins, traced
from zoo.interfaces import LaysOut
from zoo.ops.correlate import correlation
from zoo.ops.warp import pixel_grid
from zoo.regions import vocabulary
from zoo.types import Fields

WORDS = vocabulary("scm8")


def test_a_silent_operator_tells_no_origin() -> None:
    assert origins(outcome(), 3, 4) == ()


def test_a_flow_leads_to_the_source_by_its_surest_part() -> None:
    seen = torch.tensor([0.2, 0.9]).view(1, 2, 1, 1, 1).expand(2, 2, 1, *SIZE)
    fields = Fields(flow=(flow((5.0, 0.0), (-2.0, 3.0)),), visibility=(seen,), parts=("head", "torso"))
    [found] = origins(outcome(fields), 10, 20)
    assert (found.x, found.y) == pytest.approx((8, 23)) and found.way == "the flow of the torso, visibility 0.90"


def test_a_flow_of_a_smaller_map_is_in_pixels_of_the_output() -> None:
    [found] = origins(outcome(Fields(flow=(flow((1.0, -0.5), size=(16, 24)),))), 10, 20)
    assert (found.x, found.y) == pytest.approx((12, 19)) and found.way == "the flow"


def test_the_correlation_field_leads_to_its_largest_weight() -> None:
    places = torch.eye(24).view(1, 24, 4, 6).expand(2, -1, -1, -1)
    fields = Fields(correlation=correlation(places, places.flip(3), 0.01))  # the source is the target mirrored
    [found] = origins(outcome(fields), 9, 12)  # the second of six columns, the second of four rows
    assert (found.x, found.y) == pytest.approx((4.5 * 8 - 0.5, 1.5 * 8 - 0.5)) and found.by == "correlation"
    assert found.looked is not None and int(found.looked.argmax()) == 1 * 6 + 4


class Shifted(torch.nn.Module, LaysOut):
    """The photo three pixels to the right; what comes in from the left was filled in."""

    def lay_out(self, photo, source, target):  # type: ignore[no-untyped-def]
        moved = photo.roll(3, 3)
        moved[..., :3] = -0.2
        return moved


def test_a_laid_out_photo_is_traced_by_its_coordinates() -> None:
    done = outcome()
    parsing = torch.zeros(2, 8, *SIZE)
    parsing[:, 0, :, :20], parsing[:, 5, :, 20:] = 1, 1  # the background, and a figure from column 20 on
    done = done.but(source=done.source.but(parsing=parsing))
    model = torch.nn.Module()
    model.merge = Shifted()
    laid = traced(model, done, WORDS)  # type: ignore[arg-type]
    assert laid is not None and torch.allclose(laid[:2, :, 3:], pixel_grid(SIZE, laid)[..., :-3], atol=1e-4)
    [figure] = origins(done, 30, 7, laid)
    assert "figure" in figure.way and (figure.x, figure.y) == pytest.approx((27, 7), abs=1e-3)
    [filled] = origins(done, 1, 7, laid)
    assert filled.way == "filled in where the figure stood"


def test_what_lays_nothing_out_is_not_traced() -> None:
    model = torch.nn.Module()
    model.merge = torch.nn.Identity()
    assert traced(model, outcome(), WORDS) is None  # type: ignore[arg-type]
