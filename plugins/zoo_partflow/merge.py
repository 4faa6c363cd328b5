"""Part-based flow generation, local warping and global fusion (eq. 1-7)."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.ops.boxes import Groups, box_masks, part_boxes
from zoo.ops.regions import resize_parsing
from zoo.ops.rigid import PARTS
from zoo.ops.warp import warp
from zoo.skeleton import JOINT_GROUPS
from zoo.types import FeatureSpec, Fields, Merged, Person, Style
from zoo_base.flownet import FlowNet, JumpOption, halvings
from zoo_base.merges import finest_levels
from zoo_base.networks import Norm, stages
from zoo_base.skeletons import FlowStart, LearnsFlow
from zoo_base.styles import source_image
from zoo_base.traced import TracedStyle
from zoo_partflow.blocks import HybridDilated, PartEncoder, PartFusion, PyramidNonLocal

RIGID = {"head": (1,), "torso": (0, 6, 7, 8, 9), "leg": (2, 3, 4, 5), "body": range(len(PARTS))}


class PartFlowMerge(LearnsFlow):
    """Each part of the body has a flow net of its own that sees the part's joints alone; the parts then meet the whole pose.

    Per part k: W, V = flow net(P_s^k, P_t^k); F = V warp(F_s^k, W) + (1 - V) F_pose^k; a hybrid dilated block. All parts and
    the pose's features are fused, and the pyramid non-local block relates them. At each of the `levels` finest levels of the
    style, whose flows come from one net.

    A style whose encoder keeps the parts of `groups` apart is read part by part; a run beyond the last part stays in place
    (the background). Of any other style each part takes what lies in its source box. `hdc`, `pnb` and `groups` "whole" are
    the paper's ablations. `flow_image` shows the photo to the flow nets as well (GFLA). `channels` is the merged width.

    The visibility in `fields` is V inside the part's target box and 0 outside, where the part's flow means nothing.
    """

    def __init__(
        self,
        context: Context,
        *,
        groups: Annotated[Groups, Option("parts of the body that move apart", "paper")] = "overlap",
        levels: Annotated[int, Option("how many of the finest levels are merged", "paper")] = 1,
        channels: Annotated[int, Option("channels of the merged style", "paper")] = 256,
        flow_width: Annotated[int, Option("channels of a flow net's first level", "paper")] = 32,
        flow_cap: Annotated[int, Option("most channels of a flow net", "paper")] = 256,
        flow_norm: Annotated[Norm, Option("normalisation of the flow nets", "paper")] = "instance",
        jump: JumpOption = "plain",
        flow_image: Annotated[bool, Option("show the photo to the flow nets as well (GFLA)", "ours")] = False,
        hdc: Annotated[bool, Option("a hybrid dilated block for each part", "ablation")] = True,
        pnb: Annotated[bool, Option("the pyramid non-local block after the fusion", "ablation")] = True,
        pools: Annotated[tuple[int, ...], Option("grids that the non-local block pools to", "paper")] = (4, 6),
        pool: Annotated[Literal["max", "avg"], Option("how it pools", "ablation")] = "max",
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "instance",
    ) -> None:
        super().__init__()
        upstream = finest_levels(context.upstream, levels, "partflow.part_flow")
        self.groups, self.flow_image = groups, flow_image
        self.joints = [list(ids) for ids in JOINT_GROUPS[groups].values()]
        self.runs = upstream.groups if upstream.groups - len(self.joints) in (0, 1) else 1
        self.apart = self.runs >= len(self.joints)
        maps = self.runs if self.apart else len(self.joints)
        widths = tuple(c // self.runs for c in upstream.channels)
        strides = upstream.strides
        self.spec = FeatureSpec(strides, (channels,) * levels, upstream.regions, upstream.code_width)
        scales = max(halvings(context.size), *map(stages, strides))
        flow_net = partial(FlowNet, width=flow_width, cap=flow_cap, scales=scales, strides=strides, norm=flow_norm, jump=jump)
        self.flow_nets = nn.ModuleList(flow_net(2 * len(ids) + 3 * flow_image) for ids in self.joints)
        self.local_poses = nn.ModuleList(PartEncoder(len(ids), strides, widths, norm=norm) for ids in self.joints)
        self.global_pose = PartEncoder(context.pose_channels, strides, widths, norm=norm)
        related = partial(PyramidNonLocal, channels, pools=pools, pool=pool) if pnb else lambda: None
        self.fusions = nn.ModuleList(LevelFusion(maps, width, channels, norm=norm, hdc=hdc, pnb=related()) for width in widths)

    def forward(self, style: Style, source: Person, target: Person, start: FlowStart | None = None) -> Merged:
        parts = len(self.joints)
        origins = style.origins[:parts] if isinstance(style, TracedStyle) and self.apart else (source,) * parts
        motions = [net(self._seen(k, origins[k], target)) for k, net in enumerate(self.flow_nets)]
        flows, visibilities = (
            [torch.stack(level, 1) for level in zip(*kind, strict=True)] for kind in zip(*motions, strict=True)
        )
        if start is not None:
            flows = [self._begun(start, flow, origins, target) for flow in flows]
        pose = _drawn(target)
        local = [encode(pose[:, ids]) for encode, ids in zip(self.local_poses, self.joints, strict=True)]
        wholes = self.global_pose(pose)
        pyramid, relation = [], []
        for level, (flow, visibility, whole, fuse) in enumerate(zip(flows, visibilities, wholes, self.fusions, strict=True)):
            maps = self._part_maps(style.pyramid[level], origins)
            moved = [select(warp(maps[k], flow[:, k], "border"), local[k][level], visibility[:, k]) for k in range(parts)]
            merged, relations = fuse([*moved, *maps[parts:]], whole)
            pyramid.append(merged)
            relation += relations
        shares = self._in_boxes(visibilities[0], target)
        return Merged(
            pyramid=tuple(pyramid),
            codes=style.codes,
            fields=Fields(
                flow=tuple(flows),
                parts=tuple(JOINT_GROUPS[self.groups]),
                visibility=(shares, *(self._in_boxes(v, target) for v in visibilities[1:])),
                relation=tuple(relation),
            ),
        )

    def _seen(self, part: int, origin: Person, target: Person) -> Tensor:
        """What the part's flow net sees: the maps of its joints before and after, and the photo if asked for."""
        poses = [_drawn(person)[:, self.joints[part]] for person in (origin, target)]
        return torch.cat([*poses, *([source_image(origin)] if self.flow_image else [])], 1)

    def _begun(self, start: FlowStart, flow: Tensor, origins: Sequence[Person], target: Person) -> Tensor:
        """The learned `flow` (B,P,2,h,w) on top of where the rigid limbs of each part were."""
        to, names = (flow.shape[3], flow.shape[4]), JOINT_GROUPS[self.groups]
        begun = [start(person, target, to, RIGID[name]) for person, name in zip(origins, names, strict=True)]
        return torch.stack(begun, 1) + start.held(flow, flow.shape[3])

    def _part_maps(self, features: Tensor, origins: tuple[Person, ...]) -> list[Tensor]:
        if self.apart:
            return list(features.chunk(self.runs, 1))
        size = (features.shape[2], features.shape[3])
        return [features * resize_parsing(_boxes(o, self.groups)[:, k, None], size) for k, o in enumerate(origins)]

    def _in_boxes(self, visibility: Tensor, target: Person) -> Tensor:
        return visibility * resize_parsing(_boxes(target, self.groups), (visibility.shape[3], visibility.shape[4]))[:, :, None]


class LevelFusion(nn.Module):
    """The maps of one level (B,C,h,w each), each through its own hybrid dilated block, with the pose's -> (B,outputs,h,w)."""

    def __init__(self, maps: int, channels: int, outputs: int, *, norm: Norm, hdc: bool, pnb: PyramidNonLocal | None) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(HybridDilated(channels, norm=norm) if hdc else nn.Identity() for _ in range(maps))
        self.fuse = PartFusion((maps + 1) * channels, outputs, norm=norm)
        self.pnb = pnb

    def forward(self, maps: list[Tensor], pose: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        near = [dilated(m) for dilated, m in zip(self.dilated, maps, strict=True)]
        fused = self.fuse(torch.cat([*near, pose], 1))
        return (fused, ()) if self.pnb is None else self.pnb(fused)


def select(warped: Tensor, pose: Tensor, visibility: Tensor) -> Tensor:
    """V F_warped + (1 - V) F_pose (eq. 3): (B,C,h,w) twice and (B,1,h,w)."""
    return visibility * warped + (1 - visibility) * pose


def _boxes(person: Person, groups: Groups) -> Tensor:
    return box_masks(part_boxes(person.joints, person.visible, person.size, groups), person.size)


def _drawn(person: Person) -> Tensor:
    if person.pose is None:
        raise ZooError("the person has no pose drawn", where="partflow.part_flow", fix="draw it: Person(pose=...)")
    return person.pose
