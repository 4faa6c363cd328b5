"""Measures against outside references and hand-made cases."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from skimage.color import deltaE_cie76, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor

from tests.support import make_person
from zoo.scoring.evidence import Evidence, rounded
from zoo.scoring.measures import MEASURES, PSNR_CAP, head_size, masked_ssim, visible_joints
from zoo.types import Judgement

SIZE, REGIONS = (40, 24), 6


def make_evidence(**changes: Any) -> Evidence:
    """Two random people, and an output that is the truth with noise."""
    target = make_person(SIZE, 2, REGIONS)
    assert target.image is not None
    noise = torch.randn(target.image.shape, generator=torch.Generator().manual_seed(1))
    truth = (rounded(target.image) + 1) / 2
    evidence = Evidence(
        output=(rounded(target.image + 0.2 * noise) + 1) / 2, truth=truth, target=target, parsing=target.parsing, background=0,
        flow=torch.zeros(2, 2, *SIZE), visibility=torch.ones(2, 1, *SIZE), motion=torch.zeros(2, 2, *SIZE), judged=None,
    )  # fmt: skip
    return replace(evidence, **changes)


def as_picture(image: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    return image.movedim(0, -1).double().numpy()


def test_ssim_agrees_with_scikit_image() -> None:
    e = make_evidence()
    for i, value in enumerate(MEASURES["ssim"](e)):
        reference = structural_similarity(
            as_picture(e.truth[i]), as_picture(e.output[i]), gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            data_range=1.0, channel_axis=2,
        )  # fmt: skip
        assert float(value) == pytest.approx(reference, abs=1e-5)


def test_psnr_agrees_with_scikit_image() -> None:
    e = make_evidence()
    for i, value in enumerate(MEASURES["psnr"](e)):
        reference = peak_signal_noise_ratio(as_picture(e.truth[i]), as_picture(e.output[i]), data_range=1.0)
        assert float(value) == pytest.approx(reference, abs=1e-4)


@pytest.mark.parametrize("name", ["psnr", "masked_psnr", "psnr_visible"])
def test_psnr_of_the_truth_is_capped_and_finite(name: str) -> None:
    e = make_evidence()
    assert (MEASURES[name](replace(e, output=e.truth)) == PSNR_CAP).all()


def test_masks_look_at_the_figure_only() -> None:
    e = make_evidence()
    background = e.parsing[:, :1]  # type: ignore[index]
    elsewhere = replace(e, output=e.truth * (1 - background) + (1 - e.truth) * background)
    assert (MEASURES["masked_psnr"](elsewhere) == PSNR_CAP).all()
    assert (MEASURES["psnr"](elsewhere) < 30).all()


def test_visible_and_occluded_pixels_share_the_figure_between_them() -> None:
    e = make_evidence()
    left = torch.zeros(2, 1, *SIZE)
    left[..., :12] = 1
    e = replace(e, visibility=left, output=e.truth * left + (1 - e.truth) * (1 - left))
    assert (MEASURES["psnr_visible"](e) == PSNR_CAP).all()
    assert (MEASURES["psnr_occluded"](e) < 30).all()


def test_a_figure_that_is_nowhere_has_no_masked_score() -> None:
    parsing = torch.zeros(2, REGIONS, *SIZE)
    parsing[:, 0] = 1
    e = make_evidence(parsing=parsing)
    assert all(
        MEASURES[name](e).isnan().all() for name in ("masked_psnr", "psnr_visible", "psnr_occluded", "region_lab", "epe")
    )
    assert masked_ssim(e).isnan().all()


def test_region_lab_agrees_with_scikit_image() -> None:
    e = make_evidence()
    assert e.parsing is not None
    for i, value in enumerate(MEASURES["region_lab"](e)):
        output, truth, labels = as_picture(e.output[i]), as_picture(e.truth[i]), e.parsing[i].argmax(0).numpy()
        means = [[image[labels == k].mean(0) for image in (output, truth)] for k in range(1, REGIONS) if (labels == k).any()]
        reference = np.mean([deltaE_cie76(rgb2lab(a), rgb2lab(b)) for a, b in means])
        assert float(value) == pytest.approx(reference, abs=1e-3)


def test_region_lab_leaves_out_specks() -> None:
    parsing = torch.zeros(2, REGIONS, *SIZE)
    parsing[:, 1] = 1
    parsing[:, :, 0, 0] = torch.eye(REGIONS)[2]  # one pixel of 960 is less than 0.2 %
    e = make_evidence(parsing=parsing)
    output = e.truth.clone()
    output[:, :, 0, 0] = 1 - output[:, :, 0, 0]
    assert MEASURES["region_lab"](replace(e, output=output)).max() < 1e-3


def judged(e: Evidence, shift: float = 0.0, parsing: Tensor | None = None) -> Evidence:
    """What a judge that errs by `shift` pixels says."""
    joints = e.target.joints + torch.tensor([shift, 0.0])
    seen = e.parsing if parsing is None else parsing
    assert seen is not None
    return replace(e, judged=Judgement(features=torch.zeros(2, 4), joints=joints, confidence=torch.ones(2, 18), parsing=seen))


def test_pckh_counts_joints_within_half_a_head() -> None:
    e = make_evidence()
    half = 0.5 * float(head_size(e).min())
    assert (MEASURES["pckh"](judged(e, half * 0.99)) == 1).all()
    assert (MEASURES["pckh"](judged(e, 0.51 * float(head_size(e).max()))) == 0).all()


def test_pckh_ignores_joints_that_are_not_there() -> None:
    e = make_evidence()
    wild = judged(e)
    assert wild.judged is not None
    joints = wild.judged.joints.where(e.target.visible[..., None], torch.inf)
    wild = replace(wild, judged=wild.judged.but(joints=joints))
    assert (MEASURES["pckh"](wild) == 1).all()
    assert (visible_joints(wild) == 12).all()


def test_a_person_without_joints_has_no_pckh() -> None:
    e = make_evidence()
    blind = replace(e, target=e.target.but(visible=torch.zeros(2, 18, dtype=torch.bool)))
    assert MEASURES["pckh"](judged(blind)).isnan().all()


def test_the_head_is_a_seventh_of_a_figure_whose_nose_is_hidden() -> None:
    joints, visible = torch.zeros(1, 18, 2), torch.zeros(1, 18, dtype=torch.bool)
    joints[0, 1], joints[0, 10], visible[0, 1], visible[0, 10] = torch.tensor([5.0, 3.0]), torch.tensor([7.0, 38.0]), True, True
    target = make_person(SIZE, 1, REGIONS).but(joints=joints, visible=visible)
    assert head_size(make_evidence(target=target)) == 5


def test_predicted_parsing_miou_compares_in_the_recipe_s_vocabulary() -> None:
    e = make_evidence()
    assert not e.has("predicted", "labels")
    labels = torch.zeros(2, 3, *SIZE)
    labels[:, 0, :, :12], labels[:, 2, :, 12:] = 1, 1
    predicted = labels[:, :, :, torch.arange(SIZE[1]).roll(6)]  # a quarter of the width moved: half of each class is right
    value = MEASURES["predicted_parsing_miou"]
    assert (value(replace(e, predicted=labels, labels=labels)) == 1).all()
    assert value(replace(e, predicted=predicted, labels=labels)).tolist() == pytest.approx([1 / 3, 1 / 3])


def test_parsing_miou_is_one_for_the_truth_and_counts_by_class() -> None:
    truth = torch.zeros(2, REGIONS, *SIZE)
    truth[:, 0, :20], truth[:, 1, 20:] = 1, 1
    background = torch.zeros_like(truth)
    background[:, 0] = 1
    e = make_evidence(parsing=truth)
    assert (MEASURES["parsing_miou"](judged(e)) == 1).all()
    assert MEASURES["parsing_miou"](judged(e, parsing=background)).tolist() == [0.25, 0.25]  # (1/2 + 0) / 2


def test_epe_is_the_length_of_the_error_where_the_source_shows_the_figure() -> None:
    motion = torch.zeros(2, 2, *SIZE)
    motion[:, 0], motion[:, 1] = 3, 4
    visibility = torch.zeros(2, 1, *SIZE)
    visibility[..., :12] = 1
    motion[..., 12:] = 99
    assert MEASURES["epe"](make_evidence(motion=motion, visibility=visibility)).tolist() == pytest.approx([5, 5])
