"""Patches around a flow against loops over pixels, on maps that are not square, with flows that leave the map."""

from math import exp

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from zoo.ops.patches import attend_patches, extract_patches, gaussian_warp, tile_patches
from zoo.ops.warp import warp

SIZE = (5, 8)


def at(map: Tensor, x: float, y: float) -> Tensor:
    """One bilinear read of `map` (C,H,W), border repeated."""
    height, width = map.shape[1:]
    x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    fx, fy = x - left, y - top
    above = map[:, top, left] * (1 - fx) + map[:, top, right] * fx
    below = map[:, bottom, left] * (1 - fx) + map[:, bottom, right] * fx
    return above * (1 - fy) + below * fy


def looped_patches(map: Tensor, flow: Tensor, kernel: int) -> Tensor:
    out = map.new_empty(*map.shape[:2], kernel**2, *flow.shape[2:])
    for b, py, px in _places(flow):
        x, y = px + float(flow[b, 0, py, px]), py + float(flow[b, 1, py, px])
        for o in range(kernel**2):
            out[b, :, o, py, px] = at(map[b], x + o % kernel - kernel // 2, y + o // kernel - kernel // 2)
    return out


def _places(flow: Tensor) -> list[tuple[int, int, int]]:
    batch, _, height, width = flow.shape
    return [(b, y, x) for b in range(batch) for y in range(height) for x in range(width)]


def looped_gaussian(map: Tensor, flow: Tensor, sigma: float) -> Tensor:
    out = map.new_empty(*map.shape[:2], *flow.shape[2:])
    height, width = map.shape[2:]
    for b, py, px in _places(flow):
        x, y = px + float(flow[b, 0, py, px]), py + float(flow[b, 1, py, px])
        left, top = int(x // 1), int(y // 1)
        total, weight = map.new_zeros(map.shape[1]), 0.0
        for i in range(top - 1, top + 3):
            for j in range(left - 1, left + 3):
                w = exp(-((j - x) ** 2 + (i - y) ** 2) / (2 * sigma**2))
                total += w * map[b, :, min(max(i, 0), height - 1), min(max(j, 0), width - 1)]
                weight += w
        out[b, :, py, px] = total / weight
    return out


def case(dtype: torch.dtype = torch.float64, spread: float = 4.0) -> tuple[Tensor, Tensor]:
    """A map and a flow on another grid than the map's; with this spread it often leaves the map."""
    torch.manual_seed(0)
    return torch.randn(2, 3, *SIZE, dtype=dtype), (torch.randn(2, 2, 6, 7, dtype=dtype) * spread)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-10), (torch.float32, 1e-4), (torch.bfloat16, 2e-2)])
def test_patches_and_attention_equal_the_loops(kernel: int, dtype: torch.dtype, close: float) -> None:
    map, flow = (t.to(dtype) for t in case())
    attention = torch.randn(2, kernel**2, 6, 7).softmax(1).to(dtype)
    patches = looped_patches(map.double(), flow.double(), kernel)
    attended = (patches * attention.double()[:, None]).sum(2)
    for found, wanted in (
        (extract_patches(map, flow, kernel), patches),
        (attend_patches(map, flow, attention), attended),
    ):
        assert found.dtype == dtype and found.shape == wanted.shape
        torch.testing.assert_close(found.double(), wanted, atol=close, rtol=close)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-10), (torch.float32, 1e-4), (torch.bfloat16, 2e-2)])
def test_gaussian_warp_equals_the_loop(sigma: float, dtype: torch.dtype, close: float) -> None:
    map, flow = (t.to(dtype) for t in case())
    found = gaussian_warp(map, flow, sigma=sigma)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), looped_gaussian(map.double(), flow.double(), sigma), atol=close, rtol=close)


def test_patches_tile_as_the_neighbourhoods_of_a_picture() -> None:
    picture = torch.randn(1, 2, *SIZE)
    tiled = tile_patches(extract_patches(picture, torch.zeros(1, 2, *SIZE), 3))
    assert tiled.shape == (1, 2, 15, 24)
    assert torch.equal(tiled[..., 3 * 2 : 3 * 3, 3 * 4 : 3 * 5], picture[..., 1:4, 3:6])


def test_a_delta_at_the_centre_is_the_bilinear_warp_and_at_zero_flow_the_map_itself() -> None:
    map, flow = case()
    delta = torch.zeros(2, 9, 6, 7, dtype=map.dtype)
    delta[:, 4] = 1
    torch.testing.assert_close(attend_patches(map, flow, delta), warp(map, flow, "border"))
    still = torch.zeros(2, 2, *SIZE, dtype=map.dtype)
    assert torch.equal(attend_patches(map, still, torch.eye(9, dtype=map.dtype)[4].view(1, 9, 1, 1).expand(2, -1, *SIZE)), map)


def test_uniform_attention_is_the_box_mean_with_the_border_repeated() -> None:
    map, _ = case()
    uniform = torch.full((2, 25, *SIZE), 1 / 25, dtype=map.dtype)
    padded = torch.nn.functional.pad(map, (2, 2, 2, 2), mode="replicate")
    found = attend_patches(map, torch.zeros(2, 2, *SIZE, dtype=map.dtype), uniform)
    torch.testing.assert_close(found, torch.nn.functional.avg_pool2d(padded, 5, 1))


def test_gradients_of_map_flow_and_attention() -> None:
    torch.manual_seed(0)
    map = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    flow = (torch.randint(-2, 3, (1, 2, 4, 5)) + torch.rand(1, 2, 4, 5) * 0.8 + 0.1).double().requires_grad_()
    attention = torch.rand(1, 9, 4, 5, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda m, f: extract_patches(m, f, 3), (map, flow))
    assert gradcheck(attend_patches, (map, flow, attention))
    assert gradcheck(gaussian_warp, (map, flow))


def test_the_gaussian_gradient_sees_further_than_the_bilinear_one() -> None:
    map, flow = torch.zeros(1, 1, 8, 8), torch.zeros(1, 2, 8, 8)
    map[0, 0, 4, 6] = 1  # two pixels to the right of (4, 4)

    def pull(moved: Tensor, by: Tensor) -> float:
        return float(torch.autograd.grad(moved[0, 0, 4, 4], by)[0][0, 0, 4, 4])

    near = flow.clone().requires_grad_()
    assert pull(warp(map, near, "border"), near) == 0 < pull(gaussian_warp(map, near), near)


@pytest.mark.parametrize("far", [1e4, 1e12, -1e12])
def test_a_flow_far_outside_reads_the_edge_and_pulls_nowhere(far: float) -> None:
    map, _ = case(torch.float32)
    flow = torch.full((2, 2, *SIZE), far, requires_grad=True)
    corner = map[..., -1, -1] if far > 0 else map[..., 0, 0]
    uniform = torch.full((2, 9, *SIZE), 1 / 9)
    for moved in (attend_patches(map, flow, uniform), gaussian_warp(map, flow)):
        torch.testing.assert_close(moved, corner[..., None, None].expand_as(moved))
        assert torch.autograd.grad(moved.sum(), flow)[0].abs().max() < 1e-6
