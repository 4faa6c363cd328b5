"""Flows that skeletons alone tell."""

import math

import pytest
import torch
from torch import Tensor

from zoo.ops.skinning import body_coordinates, skinned_flow
from zoo.ops.warp import pixel_grid

SIZE = (64, 48)
STANDING = torch.tensor(
    [[24, 10], [24, 16], [18, 17], [15, 25], [14, 33], [30, 17], [33, 25], [35, 32], [20, 34], [19, 45], [19, 57], [28, 34],
     [29, 45], [30, 57], [22, 9], [26, 9], [20, 10], [28, 10]], dtype=torch.float32,
)  # fmt: skip
ALL = torch.ones(1, 18, dtype=torch.bool)


def turned(points: Tensor, degrees: float, scale: float, shift: tuple[float, float]) -> Tensor:
    """Points (...,2) turned and scaled about the picture's middle, then moved."""
    a, middle = math.radians(degrees), points.new_tensor([SIZE[1] / 2, SIZE[0] / 2])
    turn = scale * points.new_tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    return (points - middle) @ turn.T + middle + points.new_tensor(shift)


def person(joints: Tensor = STANDING, visible: Tensor = ALL) -> tuple[Tensor, Tensor]:
    return joints[None], visible


def test_nobody_moves_nothing_flows():
    assert skinned_flow(person(), person(), SIZE).abs().max() < 1e-4


@pytest.mark.parametrize(("degrees", "scale", "shift"), [(0, 1, (5, -3)), (25, 1, (0, 0)), (-40, 0.8, (2, 4))])
def test_a_picture_turned_as_a_whole_flows_as_a_whole(degrees: float, scale: float, shift: tuple[float, float]):
    source = turned(STANDING, degrees, scale, shift)
    flow = skinned_flow(person(source), person(), SIZE)[0, 0]
    grid = pixel_grid(SIZE, flow)
    wanted = turned(grid.permute(1, 2, 0), degrees, scale, shift).permute(2, 0, 1) - grid
    assert (flow - wanted).abs().max() < 2e-3


def test_joints_go_where_they_were():
    source = STANDING.clone()
    source[[3, 4]] = torch.tensor([[9.0, 20], [4, 26]])  # the right arm raised
    flow = skinned_flow(person(source), person(), SIZE)[0, 0]
    middle = (STANDING[3] + STANDING[4]) / 2
    x, y = middle.round().long().tolist()
    assert (flow[:, y, x] - (source[[3, 4]].mean(0) - middle)).norm() < 1.5


def test_a_group_hears_its_own_parts_alone():
    source = STANDING.clone()
    source[10] += torch.tensor([6.0, -4])
    head, legs = (1,), (2, 3, 4, 5)
    before = skinned_flow(person(), person(), SIZE, groups=[head, legs])
    after = skinned_flow(person(source), person(), SIZE, groups=[head, legs])
    assert torch.equal(before[:, 0], after[:, 0])
    assert not torch.equal(before[:, 1], after[:, 1])


@pytest.mark.parametrize("lacking", ["source", "target", "both"])
def test_nobody_known_nothing_flows(lacking: str):
    nobody = (torch.full((1, 18, 2), torch.nan), torch.zeros(1, 18, dtype=torch.bool))
    source = nobody if lacking != "target" else person()
    target = nobody if lacking != "source" else person()
    assert torch.equal(skinned_flow(source, target, SIZE), torch.zeros(1, 1, 2, *SIZE))


def test_flow_is_in_pixels_of_the_map_asked_for():
    source = STANDING + torch.tensor([6.0, -4])
    flow = skinned_flow(person(source), person(), SIZE, to=(32, 24))
    assert flow.shape == (1, 1, 2, 32, 24)
    assert (flow[0, 0, 0] - 3).abs().max() < 1e-3 and (flow[0, 0, 1] + 2).abs().max() < 1e-3


def test_autocast_does_not_round_a_flow():
    source = STANDING + torch.tensor([6.03, 0])
    with torch.autocast("cpu", torch.bfloat16):
        flow = skinned_flow(person(source), person(), SIZE)
    assert flow.dtype == torch.float32 and (flow[:, :, 0] - 6.03).abs().max() < 1e-3


def test_places_on_the_body_follow_it_and_places_off_it_stay() -> None:
    joints, known = STANDING[None], torch.ones(1, 18, dtype=torch.bool)
    points, shift = torch.rand(1, 2, 5, 4) * 40, torch.tensor([7.0, -3.0])
    here = body_coordinates(joints, known, SIZE, points)
    there = body_coordinates(joints + shift, known, SIZE, points + shift[:, None, None])
    assert here.shape == (1, 33, 5, 4)
    torch.testing.assert_close(here[:, :31], there[:, :31], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close((here[:, :10].sum(1) + here[:, 30]), torch.ones(1, 5, 4))
    far = body_coordinates(joints - 1000, known, SIZE, torch.tensor([[[[0.0]], [[SIZE[0] - 1.0]]]]))[0, :, 0, 0]
    assert far[:30].abs().max() < 1e-3
    torch.testing.assert_close(far[30:], torch.tensor([1.0, 1 / SIZE[1] - 1, 1 - 1 / SIZE[0]]), atol=1e-3, rtol=0)


def test_nobody_known_is_off_the_body_everywhere() -> None:
    nobody = body_coordinates(
        torch.full((1, 18, 2), torch.nan), torch.zeros(1, 18, dtype=torch.bool), SIZE, torch.rand(1, 2, 5, 4)
    )
    assert nobody.isfinite().all() and (nobody[:, :30] == 0).all() and (nobody[:, 30] == 1).all()
