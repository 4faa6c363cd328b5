"""Several photos of one person (ours): each is merged by itself, and every place takes what the photos that show it say."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Inner, MergesSeveral, MergingOperator
from zoo.ops.sources import first_of, repeated
from zoo.types import Fields, Merged, Person, Style
from zoo_base.networks import kaiming_init

NEAR = 0.005  # of the height: poses this close are one
HIDDEN = 0.25  # of the height: what a joint counts that the target shows and the photo does not
UNLIKELY = 0.01  # least share of a place that a photo may be said to show


class SeveralPhotos(MergesSeveral):
    """merged = sum_s w_s merged_s, w = softmax_s(a log visibility_s - b log distance_s + score_s), at every place.

    `inner` merges all photos in one pass. `visibility` is what it says of it, if anything; `distance` is how far the photo's
    pose is from the target's, so that a photo in the target's own pose wins; the score is learned from what was merged and
    both poses, and starts at 0. Codes are means over the pixels of a region in all photos together.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        width: Annotated[int, Option("channels of the net that scores places", "ours")] = 16,
    ) -> None:
        super().__init__()
        self.inner = inner(context)
        self.spec = self.inner.spec
        seen = self.spec.channels[self.spec.first_style] + 2 * context.pose_channels
        last = nn.Conv2d(width, 1, 3, padding=1)
        self.score = nn.Sequential(nn.Conv2d(seen, width, 3, padding=1), nn.LeakyReLU(0.2), last)
        kaiming_init(self.score)
        nn.init.zeros_(last.weight)
        self.trust = nn.Parameter(torch.full((2,), 2.0))  # a, b

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        photos = len(source) // len(target)
        if photos == 1:
            return self.inner(style, source, target)
        beside = repeated(target, photos)
        merged = self.inner(style, source, beside)
        shares = self._scores(merged, source, beside).unflatten(0, (-1, photos)).softmax(1)
        return Merged(
            pyramid=tuple(chosen(level, shares) for level in merged.pyramid),
            codes=joint_means(merged.codes, source.parsing if style.parsing is None else style.parsing, photos),
            fields=first_of(merged.fields, photos),
        )

    def _scores(self, merged: Merged, source: Person, target: Person) -> Tensor:
        """(B*S,1,h,w) at the finest level."""
        features, finest = merged.pyramid[self.spec.first_style], merged.pyramid[0].shape[2:]
        poses = [F.interpolate(drawn(person), features.shape[2:], mode="area") for person in (source, target)]
        learned = F.interpolate(self.score(torch.cat([features, *poses], 1)), finest, mode="bilinear", align_corners=False)
        distance = pose_distance(source, target).add(NEAR).log()[:, None, None, None]
        return learned + self.trust[0] * log_visibility(merged.fields, learned) - self.trust[1] * distance


def chosen(level: Tensor, shares: Tensor) -> Tensor:
    """A level (B*S,C,h,w) of all photos by the `shares` (B,S,1,H,W) that they have in each place: (B,C,h,w)."""
    weights = F.interpolate(shares.flatten(0, 1), level.shape[2:], mode="area").unflatten(0, shares.shape[:2])
    return (level.unflatten(0, shares.shape[:2]) * weights).sum(1)


def joint_means(codes: Tensor, parsing: Tensor | None, photos: int) -> Tensor:
    """Codes (B*S,R,D) as means (B,R,D) over the photos, each weighed by its pixels of the region where those are known."""
    apart = codes.unflatten(0, (-1, photos))
    if parsing is None or parsing.shape[1] != codes.shape[1]:
        return apart.mean(1)
    area = parsing.mean((2, 3)).unflatten(0, (-1, photos))[..., None] + 1e-6  # one that no photo shows: their plain mean
    return (apart * area).sum(1) / area.sum(1)


def pose_distance(source: Person, target: Person) -> Tensor:
    """(B,) mean over the joints that the target shows of how far the photo has each of them, as a share of the height."""
    both = source.visible & target.visible
    apart = torch.where(both[..., None], source.joints - target.joints, 0).norm(dim=-1) / target.size[0]
    missed = HIDDEN * (target.visible & ~source.visible)
    return (apart + missed).sum(1) / target.visible.sum(1).clamp_min(1)


def log_visibility(fields: Fields, like: Tensor) -> Tensor | float:
    """log (B,1,h,w) of the share in [0,1] of each place that a photo shows, at the size of `like`; 0 where nobody tells."""
    if not fields.visibility:
        return 0.0
    shown = fields.visibility[0].amax(1).detach()  # what is called visible is the flow's own affair
    return F.interpolate(shown, like.shape[2:], mode="bilinear", align_corners=False).clamp_min(UNLIKELY).log()


def drawn(person: Person) -> Tensor:
    """The pose maps, or a ZooError."""
    if person.pose is None:
        raise ZooError("the person has no pose drawn", where="wrapper base.several", fix="draw it: Person(pose=...)")
    return person.pose
