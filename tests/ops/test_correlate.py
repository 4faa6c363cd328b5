"""Dense correlation: the field, its application without writing it out, and its memory."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from zoo.errors import ZooError
from zoo.ops.correlate import (
    best_source,
    carried,
    correlation,
    expected_source,
    identity_mass,
    matrix,
    rows,
    transport,
    transported,
    warn_of_many,
)
from zoo.types import Correlation

MEMORY = """
import re, torch
from pathlib import Path
from zoo.ops.correlate import correlation, transport
pose, style = (torch.randn(1, 32, 128, 128, requires_grad=True) for _ in range(2))
transport(correlation(pose, style, 0.01), style).square().mean().backward()
assert all(x.grad.isfinite().all() for x in (pose, style))
# not getrusage: its peak starts at what the process that forked this one held
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 2**20)
"""


def maps(channels: int = 6, target: tuple[int, int] = (3, 5), source: tuple[int, int] = (4, 2), batch: int = 2):
    torch.manual_seed(0)
    return torch.randn(batch, channels, *target), torch.randn(batch, channels, *source)


def test_transport_is_the_matrix_applied_whatever_the_width_of_the_values():
    pose, style = maps()
    corr = correlation(pose, style, 0.1)
    for width in (2, 6, 11):
        values = torch.randn(2, width, 4, 2)
        moved = transport(corr, values)
        assert moved.shape == (2, width, 3, 5)
        expected = (matrix(corr) @ values.flatten(2).mT).mT.unflatten(2, (3, 5))
        torch.testing.assert_close(moved, expected, atol=1e-5, rtol=1e-5)


def test_transport_has_the_gradient_of_the_matrix():
    pose, style = (x.requires_grad_() for x in maps())
    weight = torch.randn(2, 6, 3, 5)
    found = torch.autograd.grad((transport(correlation(pose, style, 0.1), style) * weight).sum(), (pose, style))
    written = (matrix(correlation(pose, style, 0.1)) @ style.flatten(2).mT).mT.unflatten(2, (3, 5))
    wanted = torch.autograd.grad((written * weight).sum(), (pose, style))
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_rows_are_the_rows_of_the_matrix_and_sum_to_one():
    corr = correlation(*maps(), 0.05)
    field = matrix(corr)
    assert field.shape == (2, 15, 8)
    torch.testing.assert_close(field.sum(2), torch.ones(2, 15))
    torch.testing.assert_close(rows(corr, torch.tensor([7, 0])), field[:, [7, 0]])


def test_the_field_of_several_heads_is_the_mean_of_their_fields():
    torch.manual_seed(0)
    query, key = torch.randn(2, 15, 6), torch.randn(2, 8, 6)
    corr = Correlation(query=query, key=key, temperature=0.5, target_grid=(3, 5), source_grid=(4, 2), heads=3)
    alone = [corr.but(query=query[..., i : i + 2], key=key[..., i : i + 2], heads=1) for i in (0, 2, 4)]
    torch.testing.assert_close(matrix(corr), torch.stack([matrix(c) for c in alone]).mean(0))
    check_transport(corr)


def test_a_field_through_textures_is_the_product_of_its_factors():
    torch.manual_seed(0)
    query, key = torch.randn(2, 15, 6).softmax(2), torch.randn(2, 8, 6).softmax(1)
    corr = Correlation(query=query, key=key, temperature=None, target_grid=(3, 5), source_grid=(4, 2))
    torch.testing.assert_close(matrix(corr), query @ key.mT)
    torch.testing.assert_close(matrix(corr).sum(2), torch.ones(2, 15))
    check_transport(corr)


def check_transport(corr: Correlation) -> None:
    values = torch.randn(2, 4, *corr.source_grid)
    wanted = (matrix(corr) @ values.flatten(2).mT).mT.unflatten(2, corr.target_grid)
    torch.testing.assert_close(transport(corr, values), wanted, atol=1e-5, rtol=1e-5)
    moved, knowing = transported(corr, values.bfloat16())
    torch.testing.assert_close(moved, transport(corr, values.bfloat16()))
    assert moved.dtype == torch.bfloat16 and knowing.expected is not None
    torch.testing.assert_close(knowing.expected, expected_source(corr), atol=1e-5, rtol=1e-5)
    places = matrix(corr).argmax(2).unflatten(1, corr.target_grid)
    torch.testing.assert_close(best_source(corr), torch.stack([places % 2, places // 2], 1).float())


def test_expected_and_best_source_find_a_known_motion():
    style = torch.randn(1, 16, 4, 6, generator=torch.Generator().manual_seed(1))
    corr = correlation(style.roll((1, 2), (2, 3)), style, 0.005)
    y, x = torch.meshgrid(torch.arange(4.0), torch.arange(6.0), indexing="ij")
    wanted = torch.stack([(x - 2) % 6, (y - 1) % 4])[None]
    torch.testing.assert_close(best_source(corr, chunk=5), wanted)
    torch.testing.assert_close(expected_source(corr), wanted, atol=1e-3, rtol=0)


def test_identity_mass_tells_a_copy_from_a_motion():
    style = torch.randn(2, 16, 4, 6)
    assert identity_mass(correlation(style, style, 0.005), chunk=7).min() > 0.99
    assert identity_mass(correlation(style.roll(1, 3), style, 0.005)).max() < 0.01
    assert identity_mass(correlation(torch.zeros_like(style), style, 0.01)).sub(1 / 24).abs().max() < 1e-6


@pytest.mark.parametrize("center", ["channel", "position", "none"])
@pytest.mark.parametrize("constant", [0.0, 1.0, 7.3e4, 1e-20])
def test_vectors_without_direction_have_cosine_zero_and_finite_gradients(center, constant):
    pose, style = maps()
    empty = torch.full_like(style, constant).requires_grad_()
    corr = correlation(pose, empty, 0.01, center)
    if center != "none" or constant == 0:
        torch.testing.assert_close(corr.key, torch.zeros_like(corr.key))
    transport(corr, empty).sum().backward()
    assert empty.grad.isfinite().all()


def test_half_precision_maps_do_not_overflow():
    pose, style = maps()
    with torch.autocast("cpu", torch.bfloat16):
        corr = correlation(pose.bfloat16(), style.bfloat16(), 0.01)
        moved = transport(corr, style.bfloat16())
    assert corr.query.dtype == torch.float32 and moved.dtype == torch.bfloat16 and moved.isfinite().all()


@pytest.mark.parametrize(("stride", "said"), [(8, False), (4, False), (2, True)])
def test_a_field_of_too_many_positions_is_told(stride: int, said: bool, caplog: pytest.LogCaptureFixture) -> None:
    warn_of_many("scmnet.correlation", (256, 256), stride, 64)
    assert ("16,384 positions" in caplog.text and "34 billion" in caplog.text and "stride 4" in caplog.text) == said


def test_wrong_input_is_explained():
    pose, style = maps()
    with pytest.raises(ZooError, match="differ in batch or channels"):
        correlation(pose[:, :3], style, 0.01)
    with pytest.raises(ZooError, match="not positive"):
        correlation(pose, style, 0.0)
    with pytest.raises(ZooError, match="resize the values"):
        transport(correlation(pose, style, 0.01), pose)
    with pytest.raises(ZooError, match="differ"):
        identity_mass(correlation(pose, style, 0.01))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read where Linux tells it")
def test_16384_positions_fit_in_two_gigabytes_forward_and_backward():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2


def test_an_image_is_averaged_onto_the_source_grid_before_it_is_moved():
    pose, style = maps()
    corr, image = correlation(pose, style, 0.1), torch.randn(2, 3, 8, 6)
    cells = image.unflatten(3, (2, 3)).unflatten(2, (4, 2)).mean((3, 5))
    torch.testing.assert_close(carried(corr, image), transport(corr, cells))
