"""Text in columns, numbers in few digits."""

from collections.abc import Iterable, Sequence

from zoo.errors import visible

GAP = 2  # blanks between columns


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Left-aligned columns under a ruled head; a cell is one line, whatever it holds."""
    lines = [[visible(cell) for cell in line] for line in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    ruled = [lines[0], ["-" * w for w in widths], *lines[1:]]
    return "\n".join((" " * GAP).join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in ruled)


def amount(count: float) -> str:
    """1234567 -> 1.23M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= limit:
            return f"{count / limit:.3g}{unit}"
    return f"{count:g}"
