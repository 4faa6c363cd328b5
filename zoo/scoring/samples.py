"""Pictures of a few fixed pairs, for people to look at."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from zoo.explain import Panel, Picture, explain
from zoo.explain.colours import joint_maps
from zoo.ops.correlate import carried
from zoo.ops.image import to_uint8
from zoo.ops.warp import warp
from zoo.regions import Vocabulary
from zoo.scoring.evidence import Evidence
from zoo.types import Outcome

FIRST, SPREAD = 8, 4
EXPLAINED = 4  # of the first pairs: panels are many pictures each, and a page should stay light


@dataclass(frozen=True)
class Sample:
    """One pair in pictures. `motion` is the source moved as the model believes, where it exposes a flow or a correlation.

    `panels` show everything the model exposes, of the first few pairs.
    """

    name: str
    source: Picture
    pose: Picture
    output: Picture
    truth: Picture | None = None
    motion: Picture | None = None
    panels: tuple[Panel, ...] = ()


def chosen(count: int) -> set[int]:
    """Which of `count` pairs are shown: the first eight and four spread over the rest."""
    return {*range(min(FIRST, count)), *(count * i // (SPREAD + 1) for i in range(1, SPREAD + 1) if count > FIRST)}


def explained(count: int) -> set[int]:
    """Which of `count` pairs are shown with panels."""
    return set(range(min(EXPLAINED, count)))


def panels(outcome: Outcome, regions: Vocabulary, index: int) -> tuple[Panel, ...]:
    """What one sample of a batch shows of the motion, the images themselves left out."""
    return explain(outcome, regions, index).panels[1:]


def picture(evidence: Evidence, outcome: Outcome, index: int, name: str, panels: tuple[Panel, ...] = ()) -> Sample:
    """The pictures of one sample of a batch."""
    source, pose = outcome.source.image, outcome.target.pose
    assert source is not None and pose is not None, "a scored pair has a source image and a drawn pose"
    moved = _moved(outcome, source[index, None], evidence.motion, index)
    return Sample(
        name=name,
        source=_bytes(source[index]),
        pose=_bytes(joint_maps(pose[index]) * 2 - 1),
        output=_bytes(evidence.output[index] * 2 - 1),
        truth=None if evidence.truth is None else _bytes(evidence.truth[index] * 2 - 1),
        motion=None if moved is None else _bytes(moved[0]),
        panels=panels,
    )


def _moved(outcome: Outcome, image: Tensor, motion: Tensor | None, index: int) -> Tensor | None:
    """The photo (1,3,H,W) through the correlation, or along the flow."""
    corr = outcome.merged.fields.correlation if outcome.merged else None
    if corr is not None:
        brought = carried(corr.map(lambda t: t[index, None]), image)
        return F.interpolate(brought, image.shape[2:], mode="bilinear", align_corners=False)
    return None if motion is None else warp(image, motion[index, None].to(image.dtype))


def _bytes(image: Tensor) -> Picture:
    return to_uint8(image).movedim(0, -1).cpu().numpy()
