"""The sheets: one picture per panel, one of all, whatever the sizes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zoo.errors import ZooError
from zoo.explain import Cell, Explanation, Panel
from zoo.explain.sheets import write_sheet, write_sheets


def picture(height: int, width: int, value: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.full((height, width, 3), value, np.uint8)


def panel(name: str, count: int, size: tuple[int, int], keys: int = 0) -> Panel:
    cells = tuple(Cell(f"cell {i}", picture(*size, 10 + i)) for i in range(count))
    return Panel(name, name.title(), "words " * 60, cells, tuple(Cell(f"key {i}", picture(12, 12, 99)) for i in range(keys)))


@pytest.mark.parametrize("size", [(64, 64), (128, 64), (256, 176), (16, 16), (300, 1200)])
def test_every_cell_is_on_its_sheet_and_every_sheet_on_the_overview(tmp_path: Path, size: tuple[int, int]) -> None:
    explanation = Explanation((panel("flow", 7, size, keys=2), panel("parsing", 1, size, keys=20)), ("relation map: none",))
    paths = write_sheets(tmp_path / "new" / "folder", explanation)
    assert [p.name for p in paths] == ["flow.png", "parsing.png", "overview.png"]
    flow, parsing, overview = (np.array(Image.open(p)) for p in paths)
    for value in range(10, 17):
        pixels = (flow == value).all(2).sum()
        times = pixels / (size[0] * size[1])
        assert times > 0.9, f"cell {value - 10} is covered or missing"
    assert overview.shape[0] > flow.shape[0] + parsing.shape[0] - 2 * 48, "both, and what is missing, one below the other"
    assert flow.shape[1] <= max(928, size[1] * max(1, round(192 / size[0])) + 48), "cells wrap instead of running off"


def test_nothing_missing_says_nothing(tmp_path: Path) -> None:
    explanations = [Explanation((panel("flow", 1, (64, 64)),), missing) for missing in (("a: b",), ())]
    told, silent = (write_sheets(tmp_path / str(len(e.missing)), e) for e in explanations)
    assert Image.open(told[-1]).height > Image.open(silent[-1]).height == Image.open(silent[0]).height


def titled(path: Path, text: str) -> Path:
    write_sheet(path, Panel("sheet", text, text, (Cell(text, picture(64, 64, 10)),)))
    return path


@pytest.mark.parametrize(("name", "plain"), [("Zoé Müller.jpg", "Zoe Muller.jpg"), ("写真.jpg", "\\u5199\\u771f.jpg")])
def test_a_name_is_written_in_letters_that_the_font_has(tmp_path: Path, name: str, plain: str) -> None:
    named, spelt = (titled(tmp_path / f"{i}.png", text) for i, text in enumerate((name, plain)))
    assert named.read_bytes() == spelt.read_bytes() != titled(tmp_path / "2.png", "\uffff\uffff.jpg").read_bytes()


def test_a_sheet_is_of_the_format_that_its_name_says(tmp_path: Path) -> None:
    with Image.open(titled(tmp_path / "sheet.jpg", "a sheet")) as sheet:
        assert sheet.format == "JPEG"
    with pytest.raises(ZooError, match=r"cannot tell the format of sheet\.gif"):
        titled(tmp_path / "sheet.gif", "a sheet")
