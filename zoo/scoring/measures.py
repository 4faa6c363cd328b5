"""The per-pair measures of the protocols: Evidence of a batch -> (B,), NaN where a pair has nothing to measure."""

from collections.abc import Callable

import torch
from kornia.color import rgb_to_lab
from kornia.metrics import ssim
from torch import Tensor

from zoo.ops.regions import region_pool
from zoo.scoring.evidence import Evidence, hardened
from zoo.skeleton import JOINT_NAMES

SSIM_WINDOW = 11
PSNR_CAP = 60.0  # dB; keeps the mean finite when an output equals the truth
REGION_SHARE = 0.002  # of the image's pixels: smaller regions have no reliable colour
NOSE, NECK = JOINT_NAMES.index("nose"), JOINT_NAMES.index("neck")

Measure = Callable[[Evidence], Tensor]


def known(value: Tensor | None) -> Tensor:
    """A fact that the protocol's `needs` guarantee."""
    assert value is not None, "the metric must declare this need in its protocol"
    return value


def mean_over(mask: Tensor, value: Tensor) -> Tensor:
    """Mean of `value` (B,1,H,W) over `mask` (B,1,H,W) -> (B,); NaN where the mask is empty."""
    return (value * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))


def ssim_map(e: Evidence) -> Tensor:
    """(B,1,H-10,W-10): SSIM (Wang et al. 2004) of every whole window, averaged over the channels."""
    return ssim(e.output, e.truth, SSIM_WINDOW, max_val=1.0, padding="valid").mean(1, keepdim=True)


def masked_ssim(e: Evidence) -> Tensor:
    """Mean of the SSIM map over the figure."""
    edge = SSIM_WINDOW // 2
    return mean_over(known(e.foreground)[..., edge:-edge, edge:-edge], ssim_map(e))


def psnr_over(mask: Tensor, e: Evidence) -> Tensor:
    """-10 log10 of the mean squared error of [0,1] images over `mask`."""
    error = mean_over(mask, (e.output - e.truth).square().mean(1, keepdim=True))
    return (-10 * error.log10()).clamp(max=PSNR_CAP)


def shown(e: Evidence) -> Tensor:
    """(B,1,H,W) the part of the figure that the source shows."""
    return known(e.foreground) * known(e.visibility)


def hidden(e: Evidence) -> Tensor:
    """(B,1,H,W) the part of the figure that the source hides."""
    return known(e.foreground) * (1 - known(e.visibility))


def region_lab(e: Evidence) -> Tensor:
    """Mean over regions of |Lab(mean colour of the output) - Lab(mean colour of the truth)|."""
    parsing = known(e.parsing)
    lab = [rgb_to_lab(region_pool(image, parsing).mT[..., None])[..., 0].mT for image in (e.output, e.truth)]
    large = parsing.mean((2, 3)) >= REGION_SHARE
    large[:, e.background] = False
    return ((lab[0] - lab[1]).norm(dim=2) * large).sum(1) / large.sum(1)


def head_size(e: Evidence) -> Tensor:
    """(B,) pixels. The nose may be hidden or near the neck in the picture, hence the share of the whole figure."""
    joints, visible = e.target.joints, e.target.visible
    neck_to_nose = (joints[:, NECK] - joints[:, NOSE]).norm(dim=1)
    neck_to_nose = neck_to_nose.where(visible[:, NECK] & visible[:, NOSE], 0)
    seen = visible[..., None]
    box = joints.where(seen, -torch.inf).amax(1) - joints.where(seen, torch.inf).amin(1)
    return torch.maximum(neck_to_nose, box.amax(1) / 7).clamp_min(2)


def visible_joints(e: Evidence) -> Tensor:
    """(B,) how many joints of the target count."""
    return e.target.visible.sum(1)


def pckh(e: Evidence) -> Tensor:
    """Share of the true visible joints found within half a head (PCKh@0.5)."""
    judged = e.judged
    assert judged is not None, "pckh needs a judge"
    found = (judged.joints - e.target.joints).norm(dim=2) <= 0.5 * head_size(e)[:, None]
    return (found & e.target.visible).sum(1) / visible_joints(e)


def parsing_miou(e: Evidence) -> Tensor:
    """Of the judge's parsing of the output and the true one."""
    judged = e.judged
    assert judged is not None, "parsing_miou needs a judge"
    return mean_iou(known(hardened(judged.parsing)), known(e.parsing))


def predicted_parsing_miou(e: Evidence) -> Tensor:
    """Of what the parsing transform predicts, in the recipe's vocabulary."""
    return mean_iou(known(e.predicted), known(e.labels))


def mean_iou(guess: Tensor, truth: Tensor) -> Tensor:
    """Mean over the classes present in the truth of the IoU of two one-hot maps (B,R,H,W) -> (B,)."""
    both, either = (guess * truth).sum((2, 3)), torch.maximum(guess, truth).sum((2, 3))
    present = truth.any(dim=3).any(dim=2)
    return (both / either).where(present, 0).sum(1) / present.sum(1)


def epe(e: Evidence) -> Tensor:
    """End-point error in image pixels."""
    return mean_over(shown(e), (known(e.motion) - known(e.flow)).norm(dim=1, keepdim=True))


MEASURES: dict[str, Measure] = {
    "ssim": lambda e: ssim_map(e).mean((1, 2, 3)),
    "psnr": lambda e: psnr_over(torch.ones_like(e.truth[:, :1]), e),
    "masked_ssim": masked_ssim,
    "masked_psnr": lambda e: psnr_over(known(e.foreground), e),
    "psnr_visible": lambda e: psnr_over(shown(e), e),
    "psnr_occluded": lambda e: psnr_over(hidden(e), e),
    "region_lab": region_lab,
    "pckh": pckh,
    "parsing_miou": parsing_miou,
    "predicted_parsing_miou": predicted_parsing_miou,
    "epe": epe,
}
WEIGHTS: dict[str, Measure] = {"pckh": visible_joints}  # a ratio of sums; every other mean weighs pairs alike
