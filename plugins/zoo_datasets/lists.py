"""Lists that the field keeps beside its photos: names of photos, and pairs of them."""

import json
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo_datasets.names import read_csv, read_text

Named = tuple[str, str]  # (source, target) by names


def pairs_of(path: Path, split: str | None = None) -> list[Named]:
    """The pairs of a list: a csv `from,to`; lines `target,source,source ...` (NTED, PIDM); or {split: [[source, target]]}.

    `split` is of the last alone; without one, all of them.
    """
    if path.suffix.lower() == ".json":
        held = _splits(path)
        return [pair for name, pairs in held.items() if split in (None, name) for pair in pairs]
    if path.suffix.lower() == ".txt":
        lines = [[word.strip() for word in line.split(",")] for line in read_text(path).splitlines() if line.strip()]
        if any(len(line) < 2 for line in lines):
            raise _no_pairs(path, "target,source on each line")
        return [(source, target) for target, *sources in lines for source in sources]
    rows = read_csv(path)
    if not rows or any(not row.get("from") or not row.get("to") for row in rows):
        raise _no_pairs(path, "`from,to`, then one pair per line")
    return [(row["from"], row["to"]) for row in rows]


def tested(path: Path) -> list[str]:
    """The photos that a list holds out: a name a line, or everybody in its pairs for testing."""
    if path.suffix.lower() in (".json", ".csv") or path.name.lower().endswith("pairs.txt"):
        return [name for pair in pairs_of(path, "test") for name in pair]
    return [line.strip() for line in read_text(path).splitlines() if line.strip()]


def _splits(path: Path) -> dict[str, list[Named]]:
    try:
        held: Any = json.loads(read_text(path))
        return {str(split): [(str(source), str(target)) for source, target in pairs] for split, pairs in held.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _no_pairs(path, "{split: [[source, target], ...]}") from error


def _no_pairs(path: Path, form: str) -> ZooError:
    return ZooError(f"{path.name} is not a list of pairs", where=str(path), fix=f"write {form}")
