"""Losses on the flows and visibilities a merging operator exposes. One that exposes no flow owes nothing: they are 0.

Flows are judged part by part. When there are as many parts as `groups` has, part k is judged inside the box around its joints,
else everywhere: a head's flow need not explain the legs. Levels and parts add up.
"""

from math import exp
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops import batch
from zoo.ops.boxes import Groups, box_masks, part_boxes
from zoo.ops.patches import gaussian_warp
from zoo.ops.regions import resize_parsing
from zoo.ops.warp import resize_flow, warp
from zoo.skeleton import JOINT_GROUPS
from zoo.types import Fields, Outcome, Person
from zoo_base.losses import true_image
from zoo_base.styles import source_image

Sampler = Literal["bilinear", "gauss"]
FLOOR = exp(-1)  # the sampling loss where the flow finds the most similar position


class SamplingCorrectness(Loss):
    """exp(-rho / rho_max) - 1/e over the target, rho the cosine of the feature the flow samples and the true target's feature.

    rho_max is the best cosine over the whole source (Ren et al. 2019, 2020; partflow eq. 9). Visibilities play no part. The
    value may fall below 0, where a blend of source features beats each of them, unless `clamp` caps rho / rho_max at 1.

    `groups` names the parts. `source` says where part k may sample: features of the image inside its box ("part") or of the
    whole image ("full"); `mask`, where it is judged: in the target's box or everywhere. `layers` names the feature layer of
    each level, finest first; by default the first of the flow's stride (relu3_1 at 1/4, as GFLA), and a flow of another size
    is resized. `sampler` "gauss" reads a Gaussian mean of 4 x 4 pixels (GFLA's): it blurs, so that even the true flow stays
    above the floor, but its gradient sees further. `memory` bounds the bytes of cosines held at a time.
    """

    def __init__(
        self,
        context: Context,
        *,
        groups: Annotated[Groups, Option("parts of the body the flow consists of", "paper")] = "whole",
        source: Annotated[
            Literal["part", "full"], Option("where a part may sample: inside its box, or in the whole image", "ablation")
        ] = "part",
        mask: Annotated[
            Literal["box", "all"], Option("where a part is judged: inside its box, or everywhere", "ablation")
        ] = "box",
        layers: Annotated[
            tuple[str, ...],
            Option("feature layer of each level, finest first; empty takes the first layer of the flow's stride", "paper"),
        ] = (),
        sampler: Annotated[Sampler, Option("read single pixels, or a Gaussian mean of 4 x 4 (GFLA)", "ablation")] = "bilinear",
        clamp: Annotated[bool, Option("cap the ratio of similarities at 1", "ours")] = False,
        memory: Annotated[int, Option("bytes of similarities held at a time", "ours")] = 2**26,
    ) -> None:
        super().__init__()
        self.net = context.feature_net
        self.groups, self.source, self.mask = groups, source, mask
        self.layers, self.sampler, self.clamp, self.memory = layers, sampler, clamp, memory

    def forward(self, outcome: Outcome) -> Tensor:
        image, truth = source_image(outcome.pair.source), true_image(outcome)
        total = truth.new_zeros(())
        for level, flow in enumerate(_fields(outcome).flow):
            layer = self._layer(level, truth.shape[2] / flow.shape[3])
            with torch.no_grad():
                found = self._features(outcome.pair.source, image, flow.shape[1], layer)
                wanted = self.net(truth, [layer])[layer].float()
            flow = _resized(flow, wanted)
            mask = target_mask(outcome, flow, "whole" if self.mask == "all" else self.groups)
            errors = sampling_errors(found, wanted, flow, self.sampler, clamp=self.clamp, memory=self.memory)
            total = total + sampling_loss(errors, mask)
        return total

    def _layer(self, level: int, stride: float) -> str:
        if level < len(self.layers):
            return self.layers[level]
        firsts = {stride_: name for name, (_, stride_) in reversed(self.net.layers.items())}
        return firsts[min(firsts, key=lambda known: abs(known - stride))]

    def _features(self, person: Person, image: Tensor, parts: int, layer: str) -> Tensor:
        """(B,P,C,h,w) where each part has its own source, else (B,1,C,h,w)."""
        masks = part_box_masks(person, parts, self.groups)
        pictures = image[:, None] if self.source == "full" or masks is None else image[:, None] * masks[:, :, None]
        return self.net(pictures.flatten(0, 1), [layer])[layer].unflatten(0, pictures.shape[:2]).float()


def sampling_errors(
    source: Tensor, target: Tensor, flow: Tensor, sampler: Sampler = "bilinear", *, clamp: bool = False, memory: int = 2**26
) -> Tensor:
    """exp(-rho / rho_max) at every target position and for every part -> (B,P,h,w).

    Features `source` (B,P or 1,C,h,w) and `target` (B,C,h,w), `flow` (B,P,2,h,w) in their pixels.
    """
    parts = flow.shape[1]
    wanted, best = F.normalize(target, dim=1, eps=1e-8), best_cosine(source, target, memory)
    maps, flows = source.expand(-1, parts, -1, -1, -1).flatten(0, 1), flow.flatten(0, 1)
    sampled = warp(maps, flows, "border") if sampler == "bilinear" else gaussian_warp(maps, flows)
    found = F.normalize(sampled, dim=1, eps=1e-8).unflatten(0, (-1, parts))
    ratio = (found * wanted[:, None]).sum(2) / (best + 1e-8)
    return torch.exp(-(ratio.clamp_max(1) if clamp else ratio))


def sampling_loss(errors: Tensor, mask: Tensor) -> Tensor:
    """sum m (l - 1/e) / (sum m + 1e-8) of `errors` l and `mask` m (B,P,h,w): mean over samples, summed over parts."""
    return ((mask * (errors - FLOOR)).sum((2, 3)) / (mask.sum((2, 3)) + 1e-8)).mean(0).sum()


@torch.no_grad()
def best_cosine(source: Tensor, target: Tensor, memory: int = 2**26) -> Tensor:
    """rho_max: the largest cosine of each target feature (B,C,h,w) with any source feature (B,Q,C,h,w) -> (B,Q,h,w).

    At most `memory` bytes of cosines at a time: whole, they would be a gigabyte for 8 samples of 64 x 64 and two parts.
    """
    keys = F.normalize(source.flatten(3), dim=2, eps=1e-8)
    queries = F.normalize(target.flatten(2), dim=1, eps=1e-8).mT[:, None]  # (B,1,N,C)
    rows = max(memory // (keys.element_size() * keys[:, :, 0].numel()), 1)
    best = [(part @ keys).amax(-1) for part in queries.split(rows, 2)]
    return torch.cat(best, -1).unflatten(-1, target.shape[2:])


class AffineRegularisation(Loss):
    """Mean over k x k windows of |K c_x|^2 + |K c_y|^2, c the sampling coordinates, K the residual of an affine fit (GFLA).

    0 if and only if the flow is affine in every window. `windows` are the k of the levels, finest first; the last serves the
    levels beyond. A level smaller than its window adds nothing.
    """

    def __init__(
        self,
        context: Context,
        *,
        windows: Annotated[tuple[int, ...], Option("side of the windows at each level, finest first", "paper")] = (5, 3),
    ) -> None:
        super().__init__()
        self.windows = windows

    def forward(self, outcome: Outcome) -> Tensor:
        total = outcome.pair.source.joints.new_zeros(())
        for level, flow in enumerate(_fields(outcome).flow):
            window = self.windows[min(level, len(self.windows) - 1)]
            if min(flow.shape[3:]) >= window:
                total = total + affine_residual(flow, window).mean((0, 2)).sum()
        return total


def affine_residual(flow: Tensor, window: int) -> Tensor:
    """|K c_x|^2 + |K c_y|^2 of every window x window patch of `flow` (B,P,2,h,w) -> (B,P,windows).

    K = A (A^T A)^-1 A^T - 1 with A = [row, column, 1]. The pixel grid under the flow is affine itself, so K removes it.
    """
    patches = F.unfold(flow.flatten(0, 1), window).unflatten(1, (2, -1))  # (BP,2,k*k,L)
    residual = _affine_residual_matrix(window).to(flow) @ patches
    return residual.square().sum((1, 2)).unflatten(0, flow.shape[:2])


def _affine_residual_matrix(window: int) -> Tensor:
    axis = torch.arange(window, dtype=torch.float64)
    A = torch.stack([*(t.flatten() for t in torch.meshgrid(axis, axis, indexing="ij")), torch.ones(window**2)], 1)
    return A @ torch.linalg.pinv(A) - torch.eye(window**2)


class TrueFlow(Loss):
    """Supervision by the data's truth: `flow` times the end-point error where the target's surface shows in the source, plus
    `visibility` times the binary cross-entropy of the visibility.

    Errors are in pixels of the flow's level. `groups` names the parts; each is judged inside its target box.
    """

    def __init__(
        self,
        context: Context,
        *,
        groups: Annotated[Groups, Option("parts of the body the flow consists of", "ours")] = "whole",
        flow: Annotated[float, Option("weight of the flow's error", "ours")] = 1.0,
        visibility: Annotated[float, Option("weight of the visibility's cross-entropy", "ours")] = 1.0,
    ) -> None:
        super().__init__()
        self.groups, self.flow, self.visibility = groups, flow, visibility

    def forward(self, outcome: Outcome) -> Tensor:
        fields, pair = _fields(outcome), outcome.pair
        if pair.flow is None or pair.visibility is None:
            raise ZooError("the data knows no true flow", where="base.true_flow", fix="train on Figures, or drop the loss",
                           exit_code=2)  # fmt: skip
        total = pair.flow.new_zeros(())
        for level, flow in enumerate(fields.flow):
            mask = target_mask(outcome, flow, self.groups)
            truth, shown = resize_truth(pair.flow, pair.visibility, (flow.shape[3], flow.shape[4]))
            error = (flow - truth[:, None]).norm(dim=2)
            total = total + self.flow * _mean(error, mask * shown)
            if level < len(fields.visibility):
                surprise = F.binary_cross_entropy(fields.visibility[level][:, :, 0], shown.expand_as(mask), reduction="none")
                total = total + self.visibility * _mean(surprise, mask)
        return total


def resize_truth(flow: Tensor, visibility: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """True flow (B,2,h,w), in its own pixels, and visible share (B,1,h,w) at a smaller `size`: means over what is visible."""
    shown = F.adaptive_avg_pool2d(visibility, size)
    return resize_flow(flow * visibility, size) / shown.clamp_min(1e-6), shown


def target_mask(outcome: Outcome, flow: Tensor, groups: Groups) -> Tensor:
    """Where each part of `flow` (B,P,2,h,w) is judged: 1 inside its target box, or everywhere without boxes -> (B,P,h,w)."""
    masks = part_box_masks(outcome.pair.target, flow.shape[1], groups)
    return torch.ones_like(flow[:, :, 0]) if masks is None else resize_parsing(masks, (flow.shape[3], flow.shape[4]))


def part_box_masks(person: Person, parts: int, groups: Groups) -> Tensor | None:
    """The boxes of a person's parts as masks (B,P,H,W), if `groups` has as many parts."""
    if len(JOINT_GROUPS[groups]) != parts:
        return None
    return box_masks(part_boxes(person.joints, person.visible, person.size, groups), person.size)


def _resized(flow: Tensor, like: Tensor) -> Tensor:
    size = (like.shape[2], like.shape[3])
    same = tuple(flow.shape[3:]) == size
    return flow if same else resize_flow(flow.flatten(0, 1), size).unflatten(0, flow.shape[:2])


def _mean(x: Tensor, mask: Tensor) -> Tensor:
    return batch.total((x * mask).sum()) / batch.total(mask.sum()).clamp_min(1e-6)


def _fields(outcome: Outcome) -> Fields:
    if outcome.merged is None:
        raise ZooError("this loss judges a flow, but the phase stops before it", where="zoo_base.flow_losses",
                       fix='--set phases.PHASE.until=merge or image', exit_code=2)  # fmt: skip
    return outcome.merged.fields
