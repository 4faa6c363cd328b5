"""Panels laid out as pictures to look at: a title, the cells with their captions, the legend."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from zoo.explain import Explanation
from zoo.explain.marks import INK
from zoo.explain.panels import Cell, Panel
from zoo.photos.images import write_picture

HEIGHT = 192  # pixels: cells are enlarged by whole numbers to about this
WIDTH = 880  # of a sheet, unless one cell needs more
MARGIN, GAP = 24, 16
PAPER, SOFT, LINE = "#fbfaf7", "#5c6670", "#e2dfd8"
TITLE, TEXT, SMALL = 22, 15, 14  # font sizes


def write_sheets(folder: Path, explanation: Explanation) -> list[Path]:
    """Write one picture per panel and `overview.png` with all of them; each appears whole or not at all."""
    pictures = {panel.name: _framed([_panel(panel)]) for panel in explanation.panels}
    pictures["overview"] = _framed([*map(_panel, explanation.panels), *_absent(explanation.missing)])
    paths = [folder / f"{name}.png" for name in pictures]
    for path, picture in zip(paths, pictures.values(), strict=True):
        write_picture(path, picture)
    return paths


def write_sheet(path: Path, panel: Panel) -> None:
    """Write one panel; the suffix names the format."""
    write_picture(path, _framed([_panel(panel)]))


def _panel(panel: Panel) -> Image.Image:
    """Title, note, cells in rows, legend."""
    cells = [_cell(cell) for cell in panel.cells]
    blocks = [
        _text(_wrapped(panel.title, TITLE), TITLE, INK),
        _text(_wrapped(panel.note, TEXT), TEXT, SOFT),
        *_rows(cells, GAP),
    ]
    blocks += _rows([_key(key) for key in panel.keys], 2 * GAP)
    return _stacked(blocks, GAP // 2)


def _absent(missing: Sequence[str]) -> list[Image.Image]:
    if not missing:
        return []
    lines = [line for text in missing for line in _wrapped(text, TEXT)]
    return [_stacked([_text(["Not exposed"], TITLE, INK), _text(lines, TEXT, SOFT)], GAP // 2)]


def _cell(cell: Cell) -> Image.Image:
    height, width = cell.picture.shape[:2]
    times = max(1, round(HEIGHT / height))
    picture = Image.fromarray(cell.picture).resize((width * times, height * times), Image.Resampling.NEAREST)
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline=LINE)
    return _stacked([picture, _text(_wrapped(cell.caption, SMALL, picture.width), SMALL, SOFT)], 4)


def _key(key: Cell) -> Image.Image:
    picture = Image.fromarray(key.picture)
    text = _text(_wrapped(key.caption, SMALL), SMALL, SOFT)
    whole = _blank(picture.width + 8 + text.width, max(picture.height, text.height))
    whole.paste(picture, (0, (whole.height - picture.height) // 2))
    whole.paste(text, (picture.width + 8, (whole.height - text.height) // 2))
    return whole


def _rows(pictures: Sequence[Image.Image], gap: int) -> list[Image.Image]:
    """`pictures` side by side, as many to a row as fit."""
    rows: list[list[Image.Image]] = [[]]
    for picture in pictures:
        if rows[-1] and sum(p.width + gap for p in rows[-1]) + picture.width > WIDTH:
            rows.append([])
        rows[-1].append(picture)
    return [_side_by_side(row, gap) for row in rows if row]


def _side_by_side(pictures: Sequence[Image.Image], gap: int) -> Image.Image:
    whole = _blank(sum(p.width + gap for p in pictures) - gap, max(p.height for p in pictures))
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + gap
    return whole


def _stacked(pictures: Sequence[Image.Image], gap: int) -> Image.Image:
    whole = _blank(max(p.width for p in pictures), sum(p.height + gap for p in pictures) - gap)
    top = 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height + gap
    return whole


def _framed(panels: Sequence[Image.Image]) -> Image.Image:
    inner = _stacked(panels, 2 * MARGIN)
    whole = _blank(max(inner.width, WIDTH) + 2 * MARGIN, inner.height + 2 * MARGIN)
    whole.paste(inner, (MARGIN, MARGIN))
    return whole


def _text(lines: Sequence[str], size: int, colour: str) -> Image.Image:
    font, step = ImageFont.load_default(size), round(1.35 * size)
    whole = _blank(max(round(font.getlength(line)) for line in lines) + 1, step * len(lines))
    for i, line in enumerate(lines):
        ImageDraw.Draw(whole).text((0, i * step), line, colour, font)
    return whole


def spelt(text: str) -> str:
    """In ASCII, which is all that Pillow's font has: é is e, and what has no such letter its code point."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return plain.encode("ascii", "backslashreplace").decode()


def _wrapped(text: str, size: int, width: int = WIDTH) -> list[str]:
    """`text` in lines of at most `width` pixels, in letters that the font has."""
    font = ImageFont.load_default(size)
    lines = [""]
    for word in spelt(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), PAPER)
