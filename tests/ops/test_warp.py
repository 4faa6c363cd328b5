"""Warps are exact where they can be, on maps that are not square; flows keep their meaning when resized."""

from contextlib import nullcontext
from math import nan, pi
from typing import Literal

import pytest
import torch

from zoo.errors import ZooError
from zoo.ops.warp import affine, affine_matrix, pixel_grid, resize_flow, sample, warp

SIZES = [(64, 64), (128, 64), (16, 32)]


def constant_flow(dx: float, dy: float, size: tuple[int, int], batch: int = 2) -> torch.Tensor:
    return torch.tensor([float(dx), float(dy)]).view(1, 2, 1, 1).expand(batch, 2, *size).clone()


@pytest.mark.parametrize("padding", ["zeros", "border"])
@pytest.mark.parametrize("size", SIZES)
def test_zero_flow_is_the_identity(size: tuple[int, int], padding: str) -> None:
    picture = torch.randn(2, 3, *size)
    assert torch.equal(warp(picture, constant_flow(0, 0, size), padding), picture)


@pytest.mark.parametrize("size", SIZES)
def test_integer_flow_is_a_shift(size: tuple[int, int]) -> None:
    picture = torch.randn(2, 3, *size)
    moved = warp(picture, constant_flow(2, -3, size))
    assert torch.equal(moved[..., 3:, :-2], picture[..., :-3, 2:])
    assert moved[..., :3, :].abs().max() == 0 and moved[..., -2:].abs().max() == 0
    bordered = warp(picture, constant_flow(2, 0, size), "border")
    assert torch.equal(bordered[..., -2:], picture[..., -1:].expand(-1, -1, -1, 2))


def test_half_pixel_flow_is_the_mean_of_neighbours_and_odd_sizes_work() -> None:
    picture = torch.randn(1, 2, 7, 11, dtype=torch.float64)
    moved = warp(picture, constant_flow(0.5, 0, (7, 11), 1).double())
    torch.testing.assert_close(moved[..., :-1], (picture[..., :-1] + picture[..., 1:]) / 2)
    single = torch.randn(1, 1, 1, 1)
    assert torch.equal(warp(single, torch.zeros(1, 2, 1, 1)), single)


def test_flow_of_another_size_samples_the_map_in_its_own_pixels() -> None:
    picture = torch.randn(1, 3, 8, 16)
    flow = torch.tensor([5.0, 2.0]).view(1, 2, 1, 1)
    assert torch.equal(warp(picture, flow)[..., 0, 0], picture[..., 2, 5])


def test_half_precision_maps_keep_their_dtype_and_place() -> None:
    picture = torch.randn(1, 1, 4, 512).bfloat16()
    moved = warp(picture, constant_flow(1, 0, (4, 512), 1).bfloat16())
    assert moved.dtype == torch.bfloat16 and torch.equal(moved[..., :-1], picture[..., 1:])


def test_warp_has_the_gradient_of_its_flow() -> None:
    picture = torch.randn(1, 2, 5, 6, dtype=torch.float64)
    flow = (torch.rand(1, 2, 5, 6, dtype=torch.float64) * 0.8 + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda f: warp(picture, f, "border"), flow)


def test_resized_flow_is_averaged_and_in_the_new_pixels() -> None:
    smaller = resize_flow(constant_flow(8, -4, (64, 32)), (16, 8))  # scale 2 of a pyramid: a quarter
    torch.testing.assert_close(smaller, constant_flow(2, -1, (16, 8)))
    uneven = resize_flow(constant_flow(8, -4, (64, 32)), (64, 16))
    torch.testing.assert_close(uneven, constant_flow(4, -4, (64, 16)))
    torch.testing.assert_close(resize_flow(smaller, (32, 16)), constant_flow(4, -2, (32, 16)))
    blocks = torch.randn(1, 2, 4, 4)
    torch.testing.assert_close(resize_flow(blocks, (2, 2)), torch.nn.functional.avg_pool2d(blocks, 2) / 2)


def affine_of(angle: float, scale: float, shift: tuple[float, float], size: tuple[int, int]) -> torch.Tensor:
    return affine_matrix(torch.tensor([angle]).float(), torch.tensor([scale]).float(), torch.tensor([shift]).float(), size)


def test_affine_turns_about_the_centre_scales_and_shifts() -> None:
    picture = torch.randn(1, 2, 8, 8)
    torch.testing.assert_close(affine(picture, affine_of(0, 1, (0, 0), (8, 8))), picture)
    turned = affine(picture, affine_of(pi / 2, 1, (0, 0), (8, 8)), "border")
    torch.testing.assert_close(turned, picture.rot90(-1, (2, 3)), atol=1e-4, rtol=1e-4)
    shifted = affine(picture, affine_of(0, 1, (2, 1), (8, 8)))
    torch.testing.assert_close(shifted[..., 1:, 2:], picture[..., :-1, :-2])


def test_enlarging_brings_the_corner_outward() -> None:
    grid = pixel_grid((9, 9), torch.zeros(()))[None]
    seen = affine(grid, affine_of(0, 2, (0, 0), (9, 9)))
    assert seen[0, :, 8, 8].tolist() == pytest.approx([6.0, 6.0], abs=1e-4)


def test_nearest_sampling_keeps_labels() -> None:
    labels = torch.eye(4)[torch.randint(0, 4, (1, 6, 8))].permute(0, 3, 1, 2)
    read = sample(labels, torch.rand(1, 2, 6, 8) * 5, "border", "nearest")
    assert torch.equal(read.sum(1), torch.ones(1, 6, 8)) and set(read.unique().tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("padding", ["zeros", "border"])
def test_a_flow_that_is_no_number_ends_nothing_but_the_step(padding: Literal["zeros", "border"]) -> None:
    flow = torch.zeros(1, 2, 8, 8)
    flow[0, 0, 3, 3] = nan
    flow.requires_grad_()
    with pytest.raises(ZooError, match="NaN") if padding == "border" else nullcontext():
        warp(torch.rand(1, 3, 8, 8, requires_grad=True), flow, padding).sum().backward()
    assert warp(torch.rand(1, 3, 8, 8), flow.detach(), padding).shape == (1, 3, 8, 8)
