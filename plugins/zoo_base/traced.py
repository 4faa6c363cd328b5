"""A style that knows where it was read."""

from dataclasses import dataclass

from torch import Tensor

from zoo.types import Person, Style


@dataclass(frozen=True, kw_only=True)
class TracedStyle(Style):
    """A style whose runs of channels or regions may have been moved in training, or come from several people after an edit."""

    undo: Tensor | None = None  # (B,R,2,H,W) x, y in pixels: where what is now at a pixel of each region lay in the photo
    origins: tuple[Person, ...] = ()  # whose photo each region, or each of the groups of channels, was read from
