"""A suite's cells: one run each, known by what determines its result. Imports no torch."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from zoo.documents.names import FULL
from zoo.documents.toml import toml_pairs
from zoo.errors import ZooError
from zoo.recipes.beginnings import beginnings
from zoo.recipes.catalog import Catalog, catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.patch import parse_change
from zoo.recipes.recipe import Part, PartName, Recipe
from zoo.recipes.request import Request, resolve, run_folder
from zoo.recipes.track import Track
from zoo.recipes.trained import as_trained
from zoo.scoring.protocols import protocol
from zoo.store.folder import WEIGHTS
from zoo.suites.fraction import drawn
from zoo.suites.suite import AXES, Grid, Suite, require_few

Key = tuple[str, str, int]  # of the recipe, of the track, and the seed: what a record is known by
Choice = str | dict[str, Any]


@dataclass(frozen=True, eq=False)
class SuiteCell:
    """A recipe on a track with a seed; its record is all the state it has."""

    request: Request
    recipe: Recipe
    track: Track
    levels: dict[str, str] = field(default_factory=dict)  # which of its grid's choices it has
    mix: tuple[str, ...] = ()  # what is changed, in the suite's words: `merge=spgnet`

    @cached_property
    def key(self) -> Key:
        """The digests of recipe and track, and the seed."""
        return self.recipe.digest(), self.track.digest(), self.request.seed

    @cached_property
    def id(self) -> str:
        """Twelve characters of the key's digest."""
        return hashlib.sha256(repr(self.key).encode()).hexdigest()[:12]

    @property
    def title(self) -> str:
        """`scmnet (wo-bsr) on figures-64, seed 1`."""
        return f"{self.mixed}, seed {self.request.seed}"

    @property
    def mixed(self) -> str:
        """The same without the seed."""
        return f"{_called(self.recipe.name, self.recipe.variant, self.mix)} on {self.track.name}"

    @cached_property
    def folder(self) -> Path:
        """Where it runs: the folder that `zoo run` chooses."""
        return run_folder(self.request, self.recipe, self.track)

    @property
    def weights(self) -> Path:
        """What its training leaves."""
        return self.folder / WEIGHTS

    @property
    def trains(self) -> bool:
        """Whether there is anything to train, and it is not the shipped weights that are scored."""
        return self.request.from_scratch and bool(self.recipe.phases)

    @cached_property
    def training(self) -> Key:
        """What its training is known by: cells that share it are trained once."""
        return (as_trained(self.recipe, catalog()).digest(), *self.key[1:]) if self.trains else self.key

    @cached_property
    def beginnings(self) -> list[str]:
        """What its training's first phases are known by: cells that share one of them train it once."""
        if not self.trains:
            return []
        found = beginnings(self.recipe, self.request.steps or self.track.budget.steps)
        return [f"{beginning.digest} {self.key[1]} {self.request.seed}" for beginning in found]

    @property
    def leads(self) -> bool:
        """Whether the training is its own, and not only its weights another one's."""
        return self.training == self.key


def _called(recipe: str, variant: str, mix: Iterable[str]) -> str:
    details = [*([variant] if variant != FULL else []), *mix]
    return f"{recipe} ({', '.join(details)})" if details else recipe


@dataclass(frozen=True)
class Refused:
    """A mix that cannot be, why, and the mend."""

    title: str
    why: str
    mend: str


def expand(suite: Suite, catalog: Catalog, root: Path | None = None) -> tuple[list[SuiteCell], list[Refused]]:
    """Every cell once, seed by seed, and what cannot be. A misspelt name is no impossible mix, but a ZooError.

    `root` is where the photos of the tracks lie that have any.
    """
    require_few(len(suite.seeds) * sum(_count(grid, suite) for grid in suite.grid))
    expansion = _Expansion(suite, catalog, root)
    first: dict[Key, SuiteCell] = {}
    for grid in suite.grid:
        for cell in expansion.of_grid(grid):
            first.setdefault(cell.key, cell)
    cells: dict[Key, SuiteCell] = {}
    for seed in suite.seeds:
        for cell in first.values():
            seeded = _seeded(cell, seed)
            cells.setdefault(seeded.key, seeded)
    return [*cells.values()], expansion.refused


def _count(grid: Grid, suite: Suite) -> int:
    count = len(grid.recipe) * len(grid.variant) * len(grid.track or suite.track)
    for axis in AXES:
        count *= len(getattr(grid, axis)) or 1
    return count


def _seeded(cell: SuiteCell, seed: int) -> SuiteCell:
    """The cell with that seed; what trains nothing is the same with all."""
    return replace(cell, request=replace(cell.request, seed=seed if cell.recipe.phases else 0))


@dataclass
class _Expansion:
    suite: Suite
    catalog: Catalog
    root: Path | None
    refused: list[Refused] = field(default_factory=list)

    def of_grid(self, grid: Grid) -> Iterator[SuiteCell]:
        """The cells of a grid, without their seeds."""
        for track in grid.track or self.suite.track:
            mixes = [cell for r, v in product(grid.recipe, grid.variant) for cell in self._mixes(grid, r, v, track)]
            yield from drawn(mixes, grid.fraction, grid.draw)

    def _mixes(self, grid: Grid, recipe: str, variant: str, track: str) -> Iterator[SuiteCell]:
        """The cells of one recipe and variant on one track."""
        suite = self.suite
        plain = Request(recipe, variant, track, [*grid.set], from_scratch=suite.train, precision=suite.precision)
        base, arena = resolve(plain, self.catalog)
        if "root" in arena.dataset.options:
            plain = replace(plain, root=self.root)
        choices = [[*_named(axis, getattr(grid, axis), base, plain, self.catalog)] for axis in AXES]
        for chosen in product(*choices):
            request = replace(plain, changes=[change for _, changes in chosen for change in changes] + grid.set)
            mix = (*(f"{a}={n}" for a, (n, told) in zip(AXES, chosen, strict=True) if told), *grid.set)
            levels = {"recipe": recipe, "variant": variant} | {a: n for a, (n, _) in zip(AXES, chosen, strict=True) if n}
            try:
                resolved, arena = resolve(request, self.catalog)
                check_mix(resolved, arena, self.catalog)
                protocol(arena.protocol)
            except ZooError as error:
                self.refused.append(Refused(f"{_called(base.name, variant, mix)} on {arena.name}", error.what, error.fix))
            else:
                yield SuiteCell(request, resolved, arena, levels, mix)


def _named(
    axis: PartName, choices: list[Choice], base: Recipe, plain: Request, catalog: Catalog
) -> Iterator[tuple[str, list[str]]]:
    """Each choice of a part as its name and the changes that make it; none where the recipe has it anyway."""
    if not choices:
        yield "", []
    own = base.parts().get(axis)
    for choice in choices:
        part = _part(axis, choice, plain, catalog)
        bare = part is not None and not part.options and not part.wear
        if part == own or (bare and own is not None and part is not None and part.use == own.use):
            yield _name(choice), []
        else:
            yield _name(choice), [*_changes(axis, part)]


def _name(choice: Choice) -> str:
    return choice if isinstance(choice, str) else _toml(choice)


def _part(axis: PartName, choice: Choice, plain: Request, catalog: Catalog) -> Part | None:
    """The part that is meant: a component, bare or with options, another recipe's part, or none."""
    if choice == "none":
        return None
    if isinstance(choice, str) and choice in catalog.recipes.items:
        return resolve(replace(plain, recipe=choice, variant=FULL, changes=[]), catalog)[0].parts().get(axis)
    part = Part.model_validate(choice)
    catalog.component(axis, part.use)
    return part


def _changes(axis: PartName, part: Part | None) -> Iterator[str]:
    """The --set changes that put the part there: its name, its options, what it wears."""
    if part is None:
        yield f"{axis}=none"
        return
    yield f"{axis}={part.use}"
    told = part.model_dump(mode="json")
    if len(worn := told.pop("wear", [])) == 1:
        told["wear"] = worn[0]["use"] if len(worn[0]) == 1 else worn[0]
    elif worn:
        told["wear"] = worn
    yield from (f"{axis}.{name}={_plain(value)}" for name, value in told.items() if name != "use")


def _plain(value: Any) -> str:
    """A value as --set reads it: a text without quotes, where that is the same."""
    if isinstance(value, str) and parse_change(f"key={value}") == {"key": value}:
        return value
    return _toml(value)


def _toml(value: Any) -> str:
    return toml_pairs({"key": value}).removeprefix("key = ")
