"""What a model believes of the motion, in image pixels, and how images are rounded."""

import pytest
import torch

from zoo.ops.image import to_uint8
from zoo.scoring.evidence import believed_motion, rounded
from zoo.types import Correlation, Fields


def shift_field(grid: tuple[int, int], by: tuple[int, int]) -> Correlation:
    """A sharp correlation whose every target position looks `by` (x, y) grid cells away, wrapping round."""
    h, w = grid
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    looked_at = ((y + by[1]) % h * w + (x + by[0]) % w).flatten()
    key = torch.eye(h * w)[None]
    return Correlation(query=key[:, looked_at], key=key, temperature=0.01, target_grid=grid, source_grid=grid)


def test_nothing_exposed_is_no_motion() -> None:
    assert believed_motion(Fields(), (8, 8)) is None


def test_a_flow_is_scaled_to_image_pixels() -> None:
    flow = torch.zeros(1, 1, 2, 8, 4)
    flow[:, :, 0], flow[:, :, 1] = 1, -2
    motion = believed_motion(Fields(flow=(flow,)), (32, 16))
    assert motion is not None and motion.shape == (1, 2, 32, 16)
    assert motion.mean((0, 2, 3)).tolist() == [4, -8]


def test_of_several_parts_the_most_visible_counts() -> None:
    flow, visibility = torch.zeros(1, 2, 2, 4, 4), torch.zeros(1, 2, 1, 4, 4)
    flow[:, 1] = 3
    visibility[:, 0, :, :2], visibility[:, 1, :, 2:] = 1, 1
    motion = believed_motion(Fields(flow=(flow,), visibility=(visibility,)), (4, 4))
    assert motion is not None
    assert (motion[..., :2, :] == 0).all() and (motion[..., 2:, :] == 3).all()
    assert believed_motion(Fields(flow=(flow,)), (4, 4)) is None  # nobody says which part is meant


@pytest.mark.parametrize("size", [(32, 16), (8, 4), (64, 64)])
def test_a_correlation_is_the_expected_source_position(size: tuple[int, int]) -> None:
    motion = believed_motion(Fields(correlation=shift_field((8, 4), (0, 1))), size)
    assert motion is not None
    inside = motion[:, :, : size[0] * 6 // 8]  # the last row wraps round, and interpolation reaches one row further
    assert inside[:, 0].abs().max() < 1e-4
    assert (inside[:, 1] - size[0] / 8).abs().max() < 1e-4


def test_images_are_rounded_not_truncated() -> None:
    image = torch.linspace(-1.2, 1.2, 1001)
    assert torch.equal(to_uint8(rounded(image)), to_uint8(image))
    assert (rounded(image) - image.clamp(-1, 1)).abs().max() <= 1 / 255 + 1e-6
