"""Where a point of the output came from: as the operator's fields tell it, and as the photo itself was laid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from zoo.explain.points import Point
from zoo.interfaces import LaysOut
from zoo.model import Model
from zoo.ops.correlate import rows
from zoo.ops.warp import pixel_grid, resize_flow
from zoo.regions import Vocabulary
from zoo.types import Fields, Outcome

STAYED = 1.0  # pixels: the background moves by less


@dataclass(frozen=True)
class Origin:
    """One way in which a point of the output came from the source."""

    by: Literal["photo", "flow", "correlation"]
    way: str  # in words
    x: float  # (x, y) pixels of the source, at the model's size
    y: float
    looked: Tensor | None = None  # (h,w) in [0,1]: the row of the correlation field over its largest weight


@torch.no_grad()
def traced(model: Model, outcome: Outcome, regions: Vocabulary) -> Tensor | None:
    """(3,H,W): where in the source, (x, y) pixels, the laid out photo shows what, and how much of that is of the figure.

    The pixels' own coordinates are laid out in place of the photo. None for a model that lays nothing out.
    """
    layer = next((module for module in model.merge.modules() if isinstance(module, LaysOut)), None)
    source = outcome.source
    if layer is None or source.parsing is None:
        return None
    half = source.joints.new_tensor([source.size[1], source.size[0]])[:, None, None] / 2
    figure = 1 - source.parsing[:1, regions.index("background"), None]
    places = (pixel_grid(source.size, figure) + 0.5) / half - 1  # in [-1,1], as a photo is
    laid = layer.lay_out(torch.cat([places[None], figure], 1), source, outcome.target)[0]
    return torch.cat([(laid[:2] + 1) * half - 0.5, laid[2:]])


def origins(outcome: Outcome, x: float, y: float, laid: Tensor | None = None) -> tuple[Origin, ...]:
    """Where the point (x, y), in pixels of the output, came from, in every way that is exposed; `laid` is what `traced` says.

    `outcome` is of one person and a whole forward pass.
    """
    fields = Fields() if outcome.merged is None else outcome.merged.fields
    point = Point("", x, y, "")
    found = [] if laid is None else [_laid(laid, *_pixel(point, outcome))]
    return (*found, *_flowed(fields, point, outcome), *_looked_at(fields, point, outcome))


def _laid(laid: Tensor, row: int, column: int) -> Origin:
    x, y, figure = laid[:, row, column].tolist()
    if figure > 0.5:
        return Origin("photo", "the photo's figure, laid out in the pose", x, y)
    stayed = abs(x - column) < STAYED and abs(y - row) < STAYED
    return Origin(
        "photo", "the photo's background" if stayed else "filled in where the figure stood", float(column), float(row)
    )


def _flowed(fields: Fields, point: Point, outcome: Outcome) -> Iterator[Origin]:
    """By the finest flow, of the part that is surest there."""
    if not fields.flow:
        return
    row, column = _pixel(point, outcome)
    flow = resize_flow(fields.flow[0][0], outcome.target.size)[..., row, column]  # (P,2)
    part, sure = 0, ""
    if fields.visibility:
        grid = fields.visibility[0].shape[3:]
        seen = fields.visibility[0][0, :, 0].flatten(1)[:, point.cell(outcome.target.size, (grid[0], grid[1]))]
        part, sure = int(seen.argmax()), f", visibility {float(seen.max()):.2f}"
    name = f" of the {fields.parts[part]}" if len(fields.parts) == len(flow) > 1 else ""
    yield Origin("flow", f"the flow{name}{sure}", point.x + float(flow[part, 0]), point.y + float(flow[part, 1]))


def _looked_at(fields: Fields, point: Point, outcome: Outcome) -> Iterator[Origin]:
    """By the largest weight of the correlation field."""
    if (field := fields.correlation) is None:
        return
    weights = rows(field, torch.tensor([point.cell(outcome.target.size, field.target_grid)]))[0, 0]
    best, grid, size = int(weights.argmax()), field.source_grid, outcome.source.size
    x, y = (best % grid[1] + 0.5) * size[1] / grid[1] - 0.5, (best // grid[1] + 0.5) * size[0] / grid[0] - 0.5
    looked = (weights / weights.max()).view(grid)
    yield Origin("correlation", f"the correlation field, largest weight {float(weights.max()):.2g}", x, y, looked)


def _pixel(point: Point, outcome: Outcome) -> tuple[int, int]:
    return divmod(point.cell(outcome.target.size, outcome.target.size), outcome.target.size[1])
