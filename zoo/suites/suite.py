"""A suite is a document: grids of recipes and parts, on tracks, with seeds. Imports no torch.

    name = "merging"
    track = "figures-64"
    seeds = 3                                          # 0, 1 and 2; or a list of them
    [[grid]]                                           # every combination of what is listed
    recipe = ["scmnet", "partflow"]
    merge = ["scmnet.correlation", "base.adain", "spgnet", { use = "base.patn", blocks = 3 }]
    set = ["merge.wear=base.photo_in_style"]           # laid over each of them, as by --set

A part is a component, a table with its options, or a recipe, whose part is taken as it sets it at the track's size.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from zoo.documents.files import assets
from zoo.documents.names import FULL, Name
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo.errors import ZooError, unknown
from zoo.recipes.recipe import PartName
from zoo.recipes.track import DEFAULT_TRACK

AXES: tuple[PartName, ...] = ("pose", "style", "parsing", "merge", "generator")
MOST = 10_000  # cells of one suite


def _listed(value: Any) -> Any:
    """One of a list may stand alone."""
    return [value] if isinstance(value, str | Mapping) else value


def _counted(value: Any) -> Any:
    """3 seeds are 0, 1 and 2."""
    return list(range(value)) if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST else value


Words = Annotated[list[str], BeforeValidator(_listed)]
Choices = Annotated[list[str | dict[str, Any]], BeforeValidator(_listed)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Grid(Strict):
    """Every combination of what is listed; a part that is not named is the recipe's own."""

    recipe: Annotated[Words, Field(min_length=1)]
    variant: Annotated[Words, Field(min_length=1)] = [FULL]
    pose: Choices = []
    style: Choices = []
    parsing: Choices = []
    merge: Choices = []
    generator: Choices = []
    set: Words = []  # changes of each
    track: Words = []  # the suite's, where none is named
    fraction: Annotated[float, Field(gt=0, le=1)] = 1.0  # of the mixes that can be
    draw: Seed = 0  # which of them


class Suite(Strict):
    """What is to be compared."""

    name: Name
    summary: str = ""
    track: Annotated[Words, Field(min_length=1)] = [DEFAULT_TRACK]
    seeds: Annotated[list[Seed], Field(min_length=1), BeforeValidator(_counted)] = [0]
    precision: Literal["no", "bf16"] = "no"  # of the forward pass in training
    train: bool = True  # or else score the shipped weights
    grid: Annotated[list[Grid], Field(min_length=1)]


def load_suite(name: str) -> Suite:
    """A suite by its name or its .toml file; ZooError for a misspelt key, with the nearest right one."""
    path = Path(name) if name.endswith(".toml") else _named(name)
    suite = validated_model(Suite, read_toml(path), where=path.name)
    beside = [_beside(grid, path.parent) for grid in suite.grid]
    return suite.model_copy(update={"grid": beside, "track": _found(suite.track, path.parent)})


def suite_of_flags(seeds: int, track: Iterable[str], precision: str, **grid: Any) -> Suite:
    """The suite of one grid that flags of the command line make."""
    document = {
        "name": "flags", "seeds": seeds, "track": [*track] or [DEFAULT_TRACK], "precision": precision, "grid": [grid],
    }  # fmt: skip
    return validated_model(Suite, document, where="zoo bench")


def suites() -> dict[str, Path]:
    """The zoo's own suites by name."""
    return {path.stem: path for path in sorted((assets() / "benchmarks" / "suites").glob("*.toml"))}


def _named(name: str) -> Path:
    known = suites()
    if name not in known:
        raise unknown("suite", name, known, where="zoo bench (a file's name ends in .toml)")
    return known[name]


def _beside(grid: Grid, folder: Path) -> Grid:
    return grid.model_copy(update={"recipe": _found(grid.recipe, folder), "track": _found(grid.track, folder)})


def _found(names: list[str], folder: Path) -> list[str]:
    """Names as they are, and .toml files from the suite's own folder."""
    return [str((folder / name).resolve()) if name.endswith(".toml") else name for name in names]


def require_few(count: int) -> None:
    """ZooError for a grid too large to be meant."""
    if count > MOST:
        fix = "name fewer of something, or a fraction"
        raise ZooError(f"the suite has {count:,} cells, more than {MOST:,}", where="zoo bench", fix=fix, exit_code=2)
