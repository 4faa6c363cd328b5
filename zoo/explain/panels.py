"""What one forward pass can show of itself, panel by panel. Every builder reads an outcome of one person, on the CPU."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.explain.colours import flow_colours, glow, heat, joint_maps, label_colours, labelled, wheel
from zoo.explain.marks import Picture, compass, enlarged, frame, ring, spots
from zoo.explain.points import Point, Size, chosen_points
from zoo.ops.correlate import carried, rows
from zoo.ops.motion import blend_parts, expected_flow, warp_parts
from zoo.ops.warp import resize_flow
from zoo.regions import Vocabulary
from zoo.types import Correlation, Fields, Outcome

FAINT = 1.0  # pixels: flows shorter than this stay pale, so that noise about zero does not shine
FAR = 0.25  # of the height: flows longer than this are all of full colour, so that a wild background does not bleach the rest


@dataclass(frozen=True)
class Cell:
    """A picture and what it shows."""

    caption: str
    picture: Picture


@dataclass(frozen=True)
class Panel:
    """Pictures of one kind, with their legend."""

    name: str  # of the file
    title: str
    note: str
    cells: tuple[Cell, ...]
    keys: tuple[Cell, ...] = ()


def images_panel(outcome: Outcome) -> Panel:
    """What went in and what came out."""
    source, pose, truth = outcome.source.image, outcome.target.pose, outcome.pair.target.image
    others = {f"source {i}": other.image for i, other in enumerate(outcome.pair.others, 2)}
    named = {"source": source, **others, "target pose": None if pose is None else joint_maps(pose[0])[None] * 2 - 1}
    named |= {"output": outcome.image, "truth": truth}
    cells = tuple(Cell(name, _bytes(image[0] / 2 + 0.5)) for name, image in named.items() if image is not None)
    return Panel("images", "Images", "What went in, and what came out.", cells)


def flow_panel(outcome: Outcome) -> Panel | None:
    """The backward flow of every level and part, or where a correlation field looks on average."""
    fields, size = _fields(outcome), outcome.target.size
    flows = [(name, resize_flow(flow[None], size)[0]) for name, flow in _by_part(fields.parts, fields.flow)]
    if not flows and fields.correlation is not None:
        flows = [("expected source", expected_flow(fields.correlation, size)[0])]
    if not flows:
        return None
    most = max(float(flow.norm(dim=0).max()) for _, flow in flows)
    rim = min(max(most, FAINT), FAR * size[0])
    cells = [Cell(name, _bytes(flow_colours(flow, rim))) for name, flow in flows]
    key = Cell(f"where the source lies: rim {rim:.3g} px{' or more' * (most > rim)}", compass(_bytes(wheel(112))))
    note = "Where in the source each target pixel finds its content, seen from that pixel."
    read = " Read off the correlation field." * (not fields.flow)
    return Panel("flow", "Flow", note + read, (*cells, key))


def visibility_panel(outcome: Outcome) -> Panel | None:
    """How much each target pixel trusts what the flow brings."""
    fields = _fields(outcome)
    cells = tuple(
        Cell(f"{name}, mean {float(v.mean()):.2f}", _bytes(heat(_fit(v, outcome.target.size)[0])))
        for name, v in _by_part(fields.parts, fields.visibility)
    )
    note = "1: taken from the source. 0: made up from the pose."
    return Panel("visibility", "Visibility", note, cells, (_bar("0 to 1"),)) if cells else None


def warped_panel(outcome: Outcome) -> Panel | None:
    """The source photo as the operator moves it, each part by itself and together."""
    fields, image = _fields(outcome), outcome.source.image
    if image is None:
        return None
    cells = list(_warped(fields, image / 2 + 0.5))
    if fields.correlation is not None:
        cells.append(
            Cell("through the correlation", _bytes(_fit(carried(fields.correlation, image / 2 + 0.5)[0], image.shape[2:])))
        )
    note = "The source photo, moved by the operator's own fields. What the target hides or lacks is not masked."
    return Panel("warped", "Warped source", note, tuple(cells)) if cells else None


def correlation_panel(outcome: Outcome) -> Panel | None:
    """Where in the source chosen target points look."""
    corr, source, output = _fields(outcome).correlation, outcome.source.image, outcome.image
    if corr is None or source is None or output is None:
        return None
    points = chosen_points(outcome.target)
    cells = [Cell("chosen points of the output", spots(_bytes(output[0] / 2 + 0.5), points))]
    cells += [Cell(*_looked_at(corr, point, source[0] / 2 + 0.5, outcome.target.size)) for point in points]
    note = "Where in the source each chosen target point looks. Brightest: the largest weight, ringed; its value in brackets."
    return Panel("correlation", "Correlation field", note, tuple(cells), (_bar("0 to the largest weight"),))


def relation_panel(outcome: Outcome) -> Panel | None:
    """How pooled patches of the target read one another."""
    cells = [cell for relation in _fields(outcome).relation for cell in _related(relation[0], outcome)]
    note = "How much a patch of the target (framed) reads of every patch. The matrices hold all of them, one row per reader."
    return Panel("relation", "Relation map", note, tuple(cells), (_bar("0 to the largest share"),)) if cells else None


def parsing_panel(outcome: Outcome, regions: Vocabulary) -> Panel | None:
    """The predicted target parsing, beside the source's and the truth where they are known."""
    if outcome.parsing_logits is None:
        return None
    maps = {
        "source": outcome.source.parsing,
        "predicted target": outcome.parsing_logits,
        "true target": outcome.pair.target.parsing,
    }
    labels = {name: parsing[0].argmax(0) for name, parsing in maps.items() if parsing is not None}
    colours = label_colours(regions.labels)
    seen = torch.cat([x.flatten() for x in labels.values()]).unique().tolist()
    keys = region_keys(regions)
    return Panel(
        "parsing", "Parsing", "The region of every pixel.",
        tuple(Cell(name, _bytes(labelled(x, colours))) for name, x in labels.items()), tuple(keys[k] for k in seen),
    )  # fmt: skip


def region_keys(regions: Vocabulary) -> tuple[Cell, ...]:
    """The legend of a vocabulary: every region in its colour."""
    colours = label_colours(regions.labels)
    return tuple(Cell(name, _plain(colour)) for name, colour in zip(regions.labels, colours, strict=True))


def _fields(outcome: Outcome) -> Fields:
    return Fields() if outcome.merged is None else outcome.merged.fields


def _by_part(names: Sequence[str], levels: Sequence[Tensor]) -> Iterator[tuple[str, Tensor]]:
    """(what it is called, (c,h,w)) for each part of each level of (1,P,c,h,w) maps."""
    for maps in levels:
        for part, map in enumerate(maps[0]):
            yield _called(_part_name(names, part, maps.shape[1]), maps, levels), map


def _part_name(names: Sequence[str], part: int, count: int) -> str:
    if len(names) == count:
        return names[part]
    return f"part {part + 1}" if count > 1 else "whole"


def _called(part: str, maps: Tensor, levels: Sequence[Tensor]) -> str:
    return part if len(levels) == 1 else f"{part}, {maps.shape[3]}x{maps.shape[4]}"


def _warped(fields: Fields, image: Tensor) -> Iterator[Cell]:
    size = (image.shape[2], image.shape[3])
    for level, flow in enumerate(fields.flow):
        moved = warp_parts(image, resize_flow(flow[0], size)[None])
        for (name, _), picture in zip(_by_part(fields.parts, (flow,)), moved[0], strict=True):
            yield Cell(_called(name, flow, fields.flow), _bytes(picture))
        if moved.shape[1] > 1:
            sure = F.interpolate(fields.visibility[level][0], size, mode="bilinear")[None] if fields.visibility else None
            yield Cell(_called("all parts", flow, fields.flow), _bytes(blend_parts(moved, sure)[0]))


def _looked_at(corr: Correlation, point: Point, source: Tensor, size: Size) -> tuple[str, Picture]:
    row = rows(corr, torch.tensor([point.cell(size, corr.target_grid)]))[0, 0]
    shine = _fit((row / row.max()).view(1, *corr.source_grid), source.shape[1:])[0]
    picture = ring(_bytes(glow(source, shine)), point, int(row.argmax()), corr.source_grid)
    return f"{point.name} ({float(row.max()):.2g})", picture


def _related(relation: Tensor, outcome: Outcome) -> Iterator[Cell]:
    count = len(relation)
    side = isqrt(count)
    most = relation.max()
    yield Cell(f"{count} x {count}, largest {float(most):.2g}", np.asarray(enlarged(_bytes(heat(relation / most)), 96)))
    if side * side != count or outcome.image is None:
        return
    grid, points = (side, side), chosen_points(outcome.target)
    readers = {p.cell(outcome.target.size, grid): p for p in (points[-1], points[len(points) // 2], points[0])}
    for patch, point in reversed(readers.items()):
        share = _fit((relation[patch] / relation[patch].max()).view(1, *grid), outcome.target.size)[0]
        yield Cell(f"{side} x {side}, {point.name}", frame(_bytes(glow(outcome.image[0] / 2 + 0.5, share)), patch, grid))


def _fit(x: Tensor, size: Sequence[int]) -> Tensor:
    """(C,h,w) as large as `size`; every value keeps its square."""
    return F.interpolate(x[None], tuple(size), mode="nearest-exact")[0]


def _bar(text: str) -> Cell:
    return Cell(text, _bytes(heat(torch.linspace(0, 1, 96).expand(12, -1))))


def _plain(colour: tuple[float, float, float]) -> Picture:
    return _bytes(torch.tensor(colour)[:, None, None].expand(-1, 12, 12))


def _bytes(image: Tensor) -> Picture:
    return (image.detach().float().clamp(0, 1) * 255).round().to(torch.uint8).movedim(0, -1).contiguous().numpy()
