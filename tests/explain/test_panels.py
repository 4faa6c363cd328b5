"""Every field shows up in its panel, right in its pixels; what is not exposed is named."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support import make_pair
from zoo.explain import Explanation, Panel, explain
from zoo.explain.marks import FRAME, SHARP, frame, ring, spots
from zoo.explain.points import Point, chosen_points
from zoo.ops.correlate import correlation
from zoo.ops.image import to_uint8
from zoo.regions import vocabulary
from zoo.skeleton import JOINT_NAMES
from zoo.types import Fields, Merged, Outcome

SIZE = (32, 48)
WORDS = vocabulary("scm8")
EVERYTHING = {"flow", "visibility", "warped", "correlation", "relation", "parsing"}


def outcome(fields: Fields | None = None, parsing_logits: Tensor | None = None) -> Outcome:
    pair = make_pair(SIZE)
    source, target = (p.but(pose=torch.rand(2, 18, *SIZE)) for p in (pair.source, pair.target))
    merged = Merged(pyramid=(torch.zeros(2, 4, 8, 12),), codes=torch.zeros(2, 8, 4), fields=fields or Fields())
    return Outcome(
        pair=pair, source=source, target=target.but(image=None, parsing=None), merged=merged, parsing_logits=parsing_logits,
        image=torch.rand(2, 3, *SIZE) * 2 - 1,
    )  # fmt: skip


def panels(explanation: Explanation) -> dict[str, Panel]:
    return {panel.name: panel for panel in explanation.panels}


def flow(*parts: tuple[float, float], size: tuple[int, int] = SIZE) -> Tensor:
    return torch.tensor(parts).float().view(1, -1, 2, 1, 1).expand(2, -1, 2, *size)


def grey(image: Tensor) -> np.ndarray:  # type: ignore[type-arg]
    return to_uint8(image).movedim(0, -1).numpy()


def test_what_went_in_and_came_out_is_always_there() -> None:
    shown = outcome()
    cells = {c.caption: c.picture for c in panels(explain(shown, WORDS, 1))["images"].cells}
    assert list(cells) == ["source", "target pose", "output", "truth"]
    assert shown.image is not None and np.array_equal(cells["output"], grey(shown.image[1]))


def test_of_several_photos_of_the_person_all_are_shown() -> None:
    shown = outcome()
    seen = shown.but(pair=shown.pair.but(others=(make_pair(SIZE, seed=5).source, make_pair(SIZE, seed=6).source)))
    cells = {c.caption: c.picture for c in panels(explain(seen, WORDS, 1))["images"].cells}
    assert list(cells) == ["source", "source 2", "source 3", "target pose", "output", "truth"]
    third = seen.pair.others[1].image
    assert third is not None and np.array_equal(cells["source 3"], grey(third[1]))


def test_a_silent_operator_is_named_for_all_it_does_not_expose() -> None:
    explanation = explain(outcome(), WORDS)
    assert [p.name for p in explanation.panels] == ["images"]
    told = dict(line.split(": ") for line in explanation.missing)
    assert set(told) == {"flow", "visibility", "warped source", "correlation field", "relation map", "parsing"}
    assert "exposes no flow and no correlation field" in told["flow"] and "predicts none" in told["parsing"]


def test_everything_exposed_leaves_nothing_missing() -> None:
    corr = correlation(torch.randn(2, 4, 8, 12), torch.randn(2, 4, 8, 12), 0.1)
    fields = Fields(
        flow=(flow((1, 0), (0, 2), size=(8, 12)),), visibility=(torch.rand(2, 2, 1, 8, 12),), correlation=corr,
        relation=(torch.rand(2, 16, 16), torch.rand(2, 10, 10)),
    )  # fmt: skip
    explanation = explain(outcome(fields, torch.randn(2, 8, *SIZE)), WORDS)
    assert set(panels(explanation)) == {"images", *EVERYTHING} and not explanation.missing
    for panel in explanation.panels:
        assert panel.title and panel.note and panel.cells
        assert all(c.caption and c.picture.dtype == np.uint8 and c.picture.shape[2] == 3 for c in (*panel.cells, *panel.keys))


def test_parts_and_levels_are_called_by_their_names_and_a_flow_is_in_image_pixels() -> None:
    fields = Fields(flow=(flow((2, 0), (0, 0), size=(16, 24)), flow((1, 0), (0, -1), size=(8, 12))), parts=("head", "leg"))
    panel = panels(explain(outcome(fields), WORDS))["flow"]
    assert [c.caption for c in panel.cells[:4]] == ["head, 16x24", "leg, 16x24", "head, 8x12", "leg, 8x12"]
    right, still, same, up = (c.picture[5, 5] for c in panel.cells[:4])
    assert np.array_equal(right, same), "two pixels of one level and one of the next are four of the image"
    assert (still == 255).all() and right[0] > right[2] and up[2] > up[0]
    assert "rim 4 px" in panel.cells[-1].caption
    assert panels(explain(outcome(Fields(flow=(flow((1, 0)),))), WORDS))["flow"].cells[0].caption == "whole"


def test_a_visibility_without_a_flow_is_shown_too() -> None:
    told = explain(outcome(Fields(visibility=(torch.full((2, 1, 1, 8, 12), 0.25),))), WORDS)
    assert [c.caption for c in panels(told)["visibility"].cells] == ["whole, mean 0.25"]
    assert any(line.startswith("flow:") for line in told.missing)


def test_a_wild_flow_does_not_bleach_the_rest() -> None:
    wild = flow((3, 0)).clone()
    wild[..., :4] = 500
    panel = panels(explain(outcome(Fields(flow=(wild,))), WORDS))["flow"]
    assert "rim 8 px or more" in panel.cells[-1].caption
    assert panel.cells[0].picture[5, 20, 1] < 200


def test_the_source_is_moved_part_by_part_and_together() -> None:
    sure = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1, 1).expand(2, -1, 1, *SIZE)
    shown = outcome(Fields(flow=(flow((3, 0), (0, 0)),), visibility=(sure,)))
    assert shown.source.image is not None
    cells = {c.caption: c.picture for c in panels(explain(shown, WORDS, 1))["warped"].cells}
    photo = grey(shown.source.image[1])
    assert list(cells) == ["part 1", "part 2", "all parts"]
    assert np.array_equal(cells["part 1"][:, :-3], photo[:, 3:]) and np.array_equal(cells["part 2"], photo)
    assert np.array_equal(cells["all parts"], cells["part 1"])


def shifted(by: int) -> Fields:
    """A correlation in which every target cell looks `by` cells to the right."""
    places = torch.eye(96).view(1, 96, 8, 12).expand(2, -1, -1, -1)
    return Fields(correlation=correlation(places.roll(-by, 3), places, 0.001, center="none"))


def test_a_correlation_is_read_as_a_flow_moves_the_source_and_rings_where_points_look() -> None:
    shown = outcome(shifted(2))
    told = panels(explain(shown, WORDS))
    red, _, blue = told["flow"].cells[0].picture[4, 4].tolist()
    assert "correlation" in told["flow"].note and red > blue
    assert shown.source.image is not None
    small = torch.nn.functional.interpolate(shown.source.image, (8, 12), mode="area")[0]
    moved = told["warped"].cells[0].picture[::4, ::4]
    assert np.abs(moved[:, :-2].astype(int) - grey(small)[:, 2:]).max() <= 1
    points = chosen_points(shown.target)
    cells = told["correlation"].cells
    assert [c.caption.split(" (")[0] for c in cells[1:]] == [p.name for p in points]
    for point, cell in zip(points, cells[1:], strict=True):
        row, column = divmod(point.cell(SIZE, (8, 12)), 12)
        times = cell.picture.shape[0] / 8
        bright = cell.picture.sum(2)[int((row + 0.5) * times)]  # 0 to 765 along the row
        assert "(1)" in cell.caption and bright[int(((column + 2) % 12 + 0.5) * times)] > 600
        assert bright[int(((column + 8) % 12 + 0.5) * times)] < 400


def test_a_relation_is_framed_at_its_reader_and_shines_where_it_reads() -> None:
    relation = torch.full((2, 16, 16), 0.001)
    relation[:, :, 5] = 0.985
    panel = panels(explain(outcome(Fields(relation=(relation,))), WORDS))["relation"]
    assert panel.cells[0].caption.startswith("16 x 16") and 2 <= len(panel.cells) <= 4
    for cell in panel.cells[1:]:
        height, width = cell.picture.shape[:2]
        assert cell.picture[int(1.5 * height / 4), int(1.5 * width / 4)].sum() > 600, "patch 5 is row 1, column 1"
        assert cell.picture[int(3.5 * height / 4), int(3.5 * width / 4)].sum() < 400
    odd = panels(explain(outcome(Fields(relation=(torch.rand(2, 10, 10),))), WORDS))["relation"]
    assert len(odd.cells) == 1, "patches that lie on no square grid are shown as a matrix alone"


def test_a_parsing_stands_beside_the_truth_with_the_names_of_what_is_seen() -> None:
    logits = torch.full((2, 8, *SIZE), -5.0)
    logits[:, 0], logits[:, 2, :, 10:] = 0.0, 5.0
    told = panels(explain(outcome(parsing_logits=logits), WORDS))["parsing"]
    predicted = {c.caption: c.picture for c in told.cells}["predicted target"]
    keys = {k.caption: k.picture[0, 0] for k in told.keys}
    assert [c.caption for c in told.cells] == ["source", "predicted target", "true target"]
    assert np.array_equal(predicted[0, 0], keys["background"]) and np.array_equal(predicted[0, 20], keys["hair"])


def test_points_are_visible_joints_from_head_to_foot_or_the_middle() -> None:
    target = outcome().target
    points = chosen_points(target)
    assert 1 <= len(points) <= 7 and [p.y for p in points] == sorted(p.y for p in points)
    for point in points:
        joint = JOINT_NAMES.index(point.name.replace(". ", "_"))
        assert target.visible[0, joint] and target.joints[0, joint].tolist() == pytest.approx([point.x, point.y])
    hidden = target.but(visible=torch.zeros_like(target.visible), joints=torch.full_like(target.joints, torch.nan))
    assert [(p.name, p.x, p.y) for p in chosen_points(hidden)] == [("middle", 23.5, 15.5)]


def test_a_point_knows_its_cell() -> None:
    assert Point("", 0, 0, "red").cell(SIZE, (8, 12)) == 0
    assert Point("", 47.4, 31.4, "red").cell(SIZE, (8, 12)) == 95
    assert Point("", 4, 3.6, "red").cell(SIZE, (8, 12)) == 12 + 1


def test_marks_lie_where_they_should_on_an_enlarged_picture() -> None:
    black, point = np.zeros((32, 48, 3), np.uint8), Point("", 30, 10, "#ff0000")
    times = math.ceil(SHARP / 32)
    marked = [spots(black, [point]), ring(black, point, 17, (8, 12)), frame(black, 17, (8, 12))]
    assert all(m.shape == (32 * times, 48 * times, 3) for m in marked)
    assert tuple(marked[0][int(10.5 * times), int(30.5 * times)]) == (255, 0, 0)
    y, x = (np.nonzero(marked[1].any(2))[axis] for axis in (0, 1))
    assert ((y.min() + y.max()) / 2, (x.min() + x.max()) / 2) == pytest.approx((1.5 * 4 * times, 5.5 * 4 * times), abs=1)
    y, x = (np.nonzero(marked[2].any(2))[axis] for axis in (0, 1))
    assert (y.min(), y.max() + 1, x.min(), x.max() + 1) == (4 * times, 8 * times, 20 * times, 24 * times)
    assert "#{:02x}{:02x}{:02x}".format(*marked[2][4 * times, 20 * times]) == FRAME
