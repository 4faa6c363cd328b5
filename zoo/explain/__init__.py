"""What a forward pass knows of the motion, as pictures: for `zoo transfer --explain` and for the report page."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from zoo.explain.marks import Picture
from zoo.explain.origins import Origin, origins, traced
from zoo.explain.panels import (
    Cell,
    Panel,
    correlation_panel,
    flow_panel,
    images_panel,
    parsing_panel,
    relation_panel,
    visibility_panel,
    warped_panel,
)
from zoo.regions import Vocabulary
from zoo.types import Outcome

__all__ = ["Cell", "Explanation", "Origin", "Panel", "Picture", "explain", "origins", "traced"]

SILENT = {
    "flow": "the merging operator exposes no flow and no correlation field",
    "visibility": "the merging operator exposes no visibility",
    "warped source": "the merging operator exposes nothing that could move the source",
    "correlation field": "the merging operator exposes none",
    "relation map": "the merging operator exposes none",
    "parsing": "the recipe predicts none",
}  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """The panels of what is exposed, and a line for each thing that is not."""

    panels: tuple[Panel, ...]
    missing: tuple[str, ...]

    def save(self, folder: str | Path) -> list[Path]:
        """Write one picture per panel and `overview.png` with all of them into `folder`; the paths."""
        from zoo.explain.sheets import write_sheets

        return write_sheets(Path(folder), self)


def explain(outcome: Outcome, regions: Vocabulary, index: int = 0) -> Explanation:
    """The pictures of sample `index` of a whole forward pass; `regions` is the recipe's vocabulary."""
    one = outcome.map(lambda t: _single(t, index))
    panels = (
        flow_panel(one), visibility_panel(one), warped_panel(one), correlation_panel(one), relation_panel(one),
        parsing_panel(one, regions),
    )  # fmt: skip
    found = dict(zip(SILENT, panels, strict=True))
    return Explanation(
        panels=(images_panel(one), *(panel for panel in found.values() if panel is not None)),
        missing=tuple(f"{what}: {SILENT[what]}" for what, panel in found.items() if panel is None),
    )


def _single(tensor: Tensor, index: int) -> Tensor:
    one = tensor[index : index + 1].detach().cpu()
    return one.float() if one.is_floating_point() else one
