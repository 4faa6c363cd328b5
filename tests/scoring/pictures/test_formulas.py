"""The formulas against scikit-image, numpy and what the field's scripts do, spelt out."""

from typing import Any

import numpy as np
import pytest
import torch
from skimage import draw, morphology
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor

from zoo.ops.image import to_uint8
from zoo.scoring.pictures.figure import LIMBS, figure_mask
from zoo.scoring.pictures.pckh import HEAD, pckh_counts
from zoo.scoring.pictures.pixels import l1, psnr, psnr_of_wrapped_bytes
from zoo.scoring.pictures.ssim import gaussian_window, ssim, uniform_window

Array = np.ndarray[Any, np.dtype[Any]]


def pictures(seed: int, size: tuple[int, int] = (80, 64)) -> tuple[Tensor, Tensor]:
    """Two smooth pictures with a white band, the second one like the first; three of each, on the levels of bytes."""
    draws = torch.Generator().manual_seed(seed)
    coarse = torch.rand(3, 3, 8, 8, generator=draws)
    truth = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    output = (truth + 0.1 * torch.randn(truth.shape, generator=draws)).clamp(0, 0.9)
    truth[..., -12:], output[..., -12:] = 1, 1  # flat: where single precision has the least to hold on to
    return tuple((image * 255).round() / 255 for image in (output, truth))  # type: ignore[return-value]


def picture(image: Tensor) -> Array:
    return image.movedim(0, -1).double().numpy()


@pytest.mark.parametrize("width", [7, 11, 51])
@pytest.mark.parametrize("sample", [True, False])
def test_uniform_ssim_is_that_of_scikit_image(width: int, sample: bool) -> None:
    output, truth = pictures(width)
    found = ssim(output, truth, uniform_window(width), sample=sample)
    for i, value in enumerate(found):
        options = {"win_size": width, "use_sample_covariance": sample, "data_range": 1.0, "channel_axis": 2}
        assert float(value) == pytest.approx(structural_similarity(picture(truth[i]), picture(output[i]), **options), abs=1e-5)


@pytest.mark.parametrize(("sigma", "width"), [(1.5, 11), (1.2, 9)])  # scikit-image cuts the window at 3.5 sigma
@pytest.mark.parametrize("sample", [True, False])
def test_gaussian_ssim_of_the_outputs_range_is_that_of_scikit_image(sigma: float, width: int, sample: bool) -> None:
    output, truth = pictures(width)
    span = output.amax((1, 2, 3)) - output.amin((1, 2, 3))
    found = ssim(output, truth, gaussian_window(width, sigma), span, sample=sample)
    for i, value in enumerate(found):
        reference = structural_similarity(
            picture(truth[i]), picture(output[i]), gaussian_weights=True, sigma=sigma, use_sample_covariance=sample,
            data_range=float(span[i]), channel_axis=2,
        )  # fmt: skip
        assert float(value) == pytest.approx(reference, abs=1e-5)


def test_psnr_is_that_of_scikit_image() -> None:
    output, truth = pictures(0)
    for i, value in enumerate(psnr(output, truth)):
        assert float(value) == pytest.approx(
            peak_signal_noise_ratio(picture(truth[i]), picture(output[i]), data_range=1), abs=1e-4
        )
    assert torch.isinf(psnr(truth, truth)).all()


def test_wrapped_psnr_is_that_of_numpy_bytes() -> None:
    output, truth = pictures(1)
    a, b = (to_uint8(image * 2 - 1).numpy() for image in (output, truth))
    reference = 20 * np.log10(255) - 10 * np.log10(((a - b) ** 2).mean((1, 2, 3)))
    assert psnr_of_wrapped_bytes(output, truth).numpy() == pytest.approx(reference, abs=1e-4)


def test_l1_is_on_the_scale_of_the_field() -> None:
    output, truth = pictures(2)
    assert l1(output, truth).numpy() == pytest.approx(((output * 2 - 1) - (truth * 2 - 1)).abs().mean((1, 2, 3)).numpy())


def drawn_by_scikit_image(joints: Array, visible: Array, size: tuple[int, int]) -> Array:
    """The mask as polygons, discs and a closing, in (row, column)."""
    mask = np.zeros(size, bool)
    for first, last in LIMBS:
        if visible[first] and visible[last] and (joints[first] != joints[last]).any():
            a, b = joints[first][::-1].astype(float), joints[last][::-1].astype(float)
            across = np.array([-(a - b)[1], (a - b)[0]])
            across *= 4 / np.linalg.norm(across)
            corners = np.array([a + across, a - across, b - across, b + across])
            mask[draw.polygon(corners[:, 0], corners[:, 1], shape=size)] = True
    for (x, y), seen in zip(joints, visible, strict=True):
        if seen:
            mask[draw.disk((y, x), 4, shape=size)] = True
    square = np.ones((5, 5), bool)
    return morphology.erosion(morphology.dilation(mask, square), square)


def test_figure_mask_is_what_the_fields_script_draws() -> None:
    draws, size = np.random.default_rng(0), (128, 64)
    joints = draws.integers(0, [64, 128], (40, 18, 2))
    visible = draws.random((40, 18)) < 0.8
    found = figure_mask(torch.from_numpy(joints).float(), torch.from_numpy(visible), size)[:, 0]
    wrong = [int((found[i].numpy() != drawn_by_scikit_image(joints[i], visible[i], size)).sum()) for i in range(40)]
    assert sum(wrong) <= 4, wrong  # of 327,680 pixels: those just on a slanted edge


def pckh_spelt_out(found: Array, true: Array) -> tuple[int, int]:
    """Right and counting joints of one person; rows x, y with -1 for what is missing."""
    head = [true[j] for j in HEAD if -1 not in true[j]]
    if len(head) < 2:
        return 0, 0
    width, height = np.ptp([x for x, _ in head]), np.ptp([y for _, y in head])
    right = sum(
        -1 not in (fx, fy, tx, ty) and abs(fx - tx) < width * 0.5 and abs(fy - ty) < height * 0.5
        for (fx, fy), (tx, ty) in zip(found.tolist(), true.tolist(), strict=True)
    )
    return right, int((true[:, 1] != -1).sum())


def test_pckh_is_per_axis_strict_and_skips_headless_targets() -> None:
    draws = np.random.default_rng(1)
    true = draws.integers(0, 60, (200, 18, 2))
    found = true + draws.integers(-25, 26, true.shape)
    true[draws.random((200, 18)) < 0.4], found[draws.random((200, 18)) < 0.2] = -1, -1

    def skeleton(rows: Array) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(rows).float(), torch.from_numpy((rows != -1).all(2))

    right, counted = pckh_counts(skeleton(found), skeleton(true))
    expected = [pckh_spelt_out(f, t) for f, t in zip(found, true, strict=True)]
    assert list(zip(right.tolist(), counted.tolist(), strict=True)) == expected
    assert min(n for _, n in expected) == 0 and max(r for r, _ in expected) > 3


def test_ssim_leaves_its_pictures_alone() -> None:
    for count in (1, 2):
        output, truth = (image[:count].contiguous(memory_format=torch.channels_last) for image in pictures(3))
        before = output.clone(), truth.clone()
        ssim(output, truth, uniform_window(7))
        assert torch.equal(output, before[0]) and torch.equal(truth, before[1])
