"""The per-pair measures of the protocols: Evidence of a batch -> (B,), NaN where a pair has nothing to measure."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from kornia.color import rgb_to_lab
from torch import Tensor

from zoo.ops.edges import canny_edges
from zoo.ops.regions import region_pool, remap
from zoo.ops.warp import sample
from zoo.regions import remap_table, vocabulary
from zoo.scoring.evidence import SSIM_WINDOW, Evidence, hardened
from zoo.skeleton import BODY_LIMBS, JOINT_NAMES
from zoo.types import Person

PSNR_CAP = 60.0  # dB; keeps the mean finite when an output equals the truth
REGION_SHARE = 0.002  # of the image's pixels: smaller regions have no reliable colour
COMMON = "scm8"  # the vocabulary in which regions of two others are compared
FIGURE = (*BODY_LIMBS, (1, 0))  # limbs, by their joints: arms, legs, neck to hips, neck to nose
ALONG = (0.1, 0.3, 0.5, 0.7, 0.9)  # where on a limb colours are read
NOSE, NECK = JOINT_NAMES.index("nose"), JOINT_NAMES.index("neck")

Measure = Callable[[Evidence], Tensor]


def known(value: Tensor | None) -> Tensor:
    """A fact that the protocol's `needs` guarantee."""
    assert value is not None, "the metric must declare this need in its protocol"
    return value


def mean_over(mask: Tensor, value: Tensor) -> Tensor:
    """Mean of `value` (B,1,H,W) over `mask` (B,1,H,W) -> (B,); NaN where the mask is empty."""
    return (value * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))


def masked_ssim(e: Evidence) -> Tensor:
    """Mean of the SSIM map over the figure."""
    edge = SSIM_WINDOW // 2
    return mean_over(known(e.foreground)[..., edge:-edge, edge:-edge], e.similarity)


def psnr_over(mask: Tensor, e: Evidence) -> Tensor:
    """-10 log10 of the mean squared error of [0,1] images over `mask`."""
    error = mean_over(mask, (e.output - known(e.truth)).square().mean(1, keepdim=True))
    return (-10 * error.log10()).clamp(max=PSNR_CAP)


def diversity(e: Evidence) -> Tensor:
    """How far apart the samples of a pair are (`zoo.scoring.diversity`)."""
    return known(e.spread)


def shown(e: Evidence) -> Tensor:
    """(B,1,H,W) the part of the figure that the source shows."""
    return known(e.foreground) * known(e.visibility)


def hidden(e: Evidence) -> Tensor:
    """(B,1,H,W) the part of the figure that the source hides."""
    return known(e.foreground) * (1 - known(e.visibility))


def region_lab(e: Evidence) -> Tensor:
    """Mean over regions of |Lab(mean colour of the output) - Lab(mean colour of the truth)|."""
    parsing = known(e.parsing)
    large = parsing.mean((2, 3)) >= REGION_SHARE
    large[:, e.background] = False
    return mean_of(large, (region_colours(e.output, parsing) - region_colours(known(e.truth), parsing)).norm(dim=2))


def region_colours(image: Tensor, parsing: Tensor) -> Tensor:
    """(B,R,3) CIE Lab of the mean colour of each region of an image in [0,1]."""
    return rgb_to_lab(region_pool(image, parsing).mT[..., None])[..., 0].mT


def mean_of(counts: Tensor, value: Tensor) -> Tensor:
    """Mean of `value` (B,N) where it `counts` (B,N) bool -> (B,); NaN where nothing does."""
    return value.where(counts, 0).sum(1) / counts.sum(1)


def kept_lab(e: Evidence) -> Tensor:
    """Mean over the regions that source and output show of |Lab(mean colour in one) - Lab(mean colour in the other)|."""
    source, judged = known_source(e), e.judged
    assert judged is not None, "kept_lab needs a judge"
    worn, seen = (
        remap(known(hardened(parsing)), remap_table(name, COMMON), len(vocabulary(COMMON)))
        for parsing, name in zip((source.parsing, judged.parsing), e.vocabularies, strict=True)
    )
    large = torch.minimum(worn.mean((2, 3)), seen.mean((2, 3))) >= REGION_SHARE
    large[:, vocabulary(COMMON).index("background")] = False
    distance = region_colours((known(source.image) + 1) / 2, worn) - region_colours(e.output, seen)
    return mean_of(large, distance.norm(dim=2))


def laid_lab(e: Evidence) -> Tensor:
    """Mean over the regions that source and target have of |Lab(source in its own) - Lab(output in the target's)|."""
    own, theirs = known(e.worn), known(e.parsing)
    large = torch.minimum(own.mean((2, 3)), theirs.mean((2, 3))) >= REGION_SHARE
    large[:, e.background] = False
    distance = region_colours((known(known_source(e).image) + 1) / 2, own) - region_colours(e.output, theirs)
    return mean_of(large, distance.norm(dim=2))


def edges_found(e: Evidence) -> Tensor:
    """Share of the target's edges that are within a pixel of Canny's in the output; NaN where the target has none."""
    near = F.max_pool2d(canny_edges(e.output), 3, 1, 1)
    return mean_over((known(e.edges)[:, :1] > 0.5).float(), near)


def limb_lab(e: Evidence) -> Tensor:
    """Mean over points of the limbs that both skeletons show of |Lab(source there) - Lab(output there)|."""
    source, target = known_source(e), e.target
    ends = torch.tensor(FIGURE, device=target.joints.device)
    shown = (source.visible & target.visible)[:, ends].all(2).repeat_interleave(len(ALONG), 1)
    colours = [
        limb_colours(image, person.joints, ends)
        for image, person in (((known(source.image) + 1) / 2, source), (e.output, target))
    ]
    return mean_of(shown, (colours[0] - colours[1]).norm(dim=2))


def limb_colours(image: Tensor, joints: Tensor, ends: Tensor) -> Tensor:
    """(B,N,3) CIE Lab of an image in [0,1] at the points of the limbs between the joints that `ends` (L,2) names."""
    side = max(image.shape[2] // 32, 1) | 1  # odd, so that a square has a middle
    smooth = F.avg_pool2d(image, side, 1, side // 2, count_include_pad=False)
    a, b = joints[:, ends].unbind(2)
    points = torch.stack([torch.lerp(a, b, share) for share in ALONG], 2).flatten(1, 2)  # (B,N,2)
    return rgb_to_lab(sample(smooth, points.mT[:, :, None], padding="border"))[:, :, 0].mT


def known_source(e: Evidence) -> Person:
    """The source, which a scored pair always has."""
    assert e.source is not None, "evidence was gathered without its source"
    return e.source


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
    "ssim": lambda e: e.similarity.mean((1, 2, 3)),
    "psnr": lambda e: psnr_over(torch.ones_like(e.output[:, :1]), e),
    "masked_ssim": masked_ssim,
    "masked_psnr": lambda e: psnr_over(known(e.foreground), e),
    "psnr_visible": lambda e: psnr_over(shown(e), e),
    "psnr_occluded": lambda e: psnr_over(hidden(e), e),
    "region_lab": region_lab,
    "limb_lab": limb_lab,
    "kept_lab": kept_lab,
    "laid_lab": laid_lab,
    "edges_found": edges_found,
    "pckh": pckh,
    "parsing_miou": parsing_miou,
    "predicted_parsing_miou": predicted_parsing_miou,
    "epe": epe,
    "diversity": diversity,
}
WEIGHTS: dict[str, Measure] = {"pckh": visible_joints}  # a ratio of sums; every other mean weighs pairs alike
