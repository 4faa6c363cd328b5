"""Colours mean what the legend says: known flows have known hues, nothing is white, heat grows lighter."""

import colorsys

import pytest
import torch

from zoo.explain.colours import flow_colours, glow, heat, joint_maps, label_colours, labelled, rgb, wheel
from zoo.regions import vocabulary

DIRECTIONS = {"right": (1.0, 0.0, 0), "down": (0.0, 1.0, 52), "left": (-1.0, 0.0, 158), "up": (0.0, -1.0, 228)}


def hue_of(colour: torch.Tensor) -> float:
    return colorsys.rgb_to_hsv(*colour.tolist())[0] * 360


def constant(dx: float, dy: float) -> torch.Tensor:
    return torch.tensor([float(dx), float(dy)]).view(2, 1, 1).expand(2, 3, 4)


@pytest.mark.parametrize(("dx", "dy", "hue"), DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("length", [0.5, 4.0])
def test_four_directions_have_four_hues(dx: float, dy: float, hue: float, length: float) -> None:
    colour = flow_colours(constant(dx, dy) * length, longest=4)[:, 1, 2]
    assert hue_of(colour) == pytest.approx(hue, abs=1)


def test_no_flow_is_white_and_longer_flows_are_fuller_up_to_the_rim() -> None:
    assert torch.equal(flow_colours(constant(0, 0), 4), torch.ones(3, 3, 4))
    assert torch.equal(flow_colours(constant(0, 0), 0), torch.ones(3, 3, 4)), "nor does a scale of nothing divide by it"
    fullness = [1 - float(flow_colours(constant(x, 0), 4).min()) for x in (0, 1, 2, 4, 40)]
    assert fullness == pytest.approx([0, 0.25, 0.5, 1, 1])


def test_hues_run_round_the_circle_without_a_jump() -> None:
    angle = torch.linspace(0, 2 * torch.pi, 721)
    colours = flow_colours(torch.stack([angle.cos(), angle.sin()])[:, None], 1)[:, 0]
    assert (colours.diff(dim=1).abs().amax(0) < 0.03).all()
    torch.testing.assert_close(colours[:, 0], colours[:, -1], atol=1e-3, rtol=0)


def test_the_wheel_shows_the_flow_that_points_there() -> None:
    picture = wheel(65)
    for dx, dy, hue in DIRECTIONS.values():
        assert hue_of(picture[:, 32 + int(28 * dy), 32 + int(28 * dx)]) == pytest.approx(hue, abs=1)
    assert torch.equal(picture[:, 0, 0], torch.ones(3)), "white outside"
    assert picture[:, 32, 32].min() > 0.95, "and in the middle"


def test_heat_grows_lighter_and_keeps_within_its_ends() -> None:
    scale = heat(torch.linspace(-1, 2, 31)[None])[:, 0]
    light = scale.T @ torch.tensor([0.3, 0.6, 0.1])
    assert (light.diff() > -1e-6).all() and light[20] > light[10] + 0.9
    torch.testing.assert_close(scale[:, [0, 20]], scale[:, [10, 30]])
    assert heat(torch.tensor([[torch.nan]])).shape == (3, 1, 1)


def test_glow_shines_where_it_should_and_dims_the_rest() -> None:
    picture = torch.full((3, 1, 2), 0.8)
    shining = glow(picture, torch.tensor([[0.0, 1.0]]))
    assert shining[:, 0, 0].std() < 1e-6 and shining[:, 0, 0].max() < 0.5
    torch.testing.assert_close(shining[:, 0, 1], torch.tensor(rgb("#fcfdbf")))


@pytest.mark.parametrize("name", ["scm8", "cihp20", "groupdnet8"])
def test_regions_have_colours_of_their_own_and_the_background_the_palest(name: str) -> None:
    words = vocabulary(name)
    colours = label_colours(words.labels)
    assert len(set(colours)) == len(words)
    assert max(range(len(words)), key=lambda k: min(colours[k])) == words.index("background")
    painted = labelled(torch.tensor([[3, 0]]), colours)
    assert painted[:, 0, 0].tolist() == pytest.approx(colours[3]) and painted.shape == (3, 1, 2)


def test_joints_have_hues_of_their_own() -> None:
    pose = torch.eye(6).view(6, 2, 3)
    assert len({tuple(c.tolist()) for c in joint_maps(pose).flatten(1).T}) == 6
    assert joint_maps(torch.zeros(6, 2, 3)).max() == 0
