"""Photos moved by fields: which part counts where, and a correlation read as a flow."""

import torch

from zoo.ops.correlate import correlation
from zoo.ops.motion import blend_parts, expected_flow, moved_images, warp_parts
from zoo.ops.warp import warp
from zoo.types import Fields


def test_parts_are_warped_each_by_its_own_flow() -> None:
    image, flow = torch.randn(2, 3, 6, 9), torch.randn(2, 4, 2, 6, 9)
    moved = warp_parts(image, flow)
    assert moved.shape == (2, 4, 3, 6, 9)
    for part in range(4):
        torch.testing.assert_close(moved[:, part], warp(image, flow[:, part], "border"))


def test_parts_are_blended_by_visibility_and_alike_where_none_is_visible() -> None:
    moved = torch.tensor([1.0, 3.0]).view(1, 2, 1, 1, 1).expand(1, 2, 3, 1, 3)
    visibility = torch.tensor([[1.0, 0.25, 0.0], [0.0, 0.75, 0.0]]).view(1, 2, 1, 1, 3)
    torch.testing.assert_close(blend_parts(moved, visibility)[0, 0, 0], torch.tensor([1.0, 2.5, 2.0]), atol=1e-4, rtol=0)
    assert torch.equal(blend_parts(moved, None)[0, 0, 0], torch.full((3,), 2.0))
    assert torch.equal(blend_parts(moved[:, :1], torch.zeros(1, 1, 1, 1, 3))[0, 0, 0], torch.ones(3))


def test_every_field_moves_the_image_at_its_own_size() -> None:
    places = torch.eye(24).view(1, 24, 4, 6)
    still = correlation(places, places, 0.001, center="none")
    image = torch.randn(1, 3, 8, 12)
    fields = Fields(flow=(torch.zeros(1, 2, 2, 8, 12), torch.zeros(1, 1, 2, 2, 3)), correlation=still)
    finest, coarse, through = moved_images(fields, image)
    torch.testing.assert_close(finest, image)
    torch.testing.assert_close(coarse, torch.nn.functional.avg_pool2d(image, 4))
    torch.testing.assert_close(through, torch.nn.functional.avg_pool2d(image, 2))
    assert not list(moved_images(Fields(), image))


def test_the_flow_of_a_correlation_points_from_target_to_source_in_image_pixels() -> None:
    places = torch.eye(24).view(1, 24, 4, 6)
    corr = correlation(places.roll((1, 2), (2, 3)), places, 0.001, center="none")  # looks one up and two left
    flow = expected_flow(corr, (8, 12))
    assert flow.shape == (1, 2, 8, 12)
    torch.testing.assert_close(flow[0, :, 5:, 7:], torch.tensor([-4.0, -2.0])[:, None, None].expand(2, 3, 5), atol=1e-3, rtol=0)
