"""What each part brings: main effects and two-way interactions over a grid of recipes, whole or with gaps. Imports no torch.

A cell is a combination of parts, its score y the mean of its contenders. By least squares with effects that sum to zero,

    y = mean + sum of main effects + e                             for the main effects,
    y = mean + sum of main effects + one interaction + e           for the interaction of two factors.

Every effect is a weighted sum L y of cells, so that what varies in it follows from what varies in them: people, the same for
all cells, and seeds, as in `zoo.results.statistics`. Over the whole grid an effect is the plain difference of marginal means,
another sum L* y. Where cells are missing the two differ by what e is, and that is the third part of the variance:

    V_gaps = t^2 (sum over cells there (L - L*)^2 + sum over missing cells L*^2),    t^2 = sum e^2 / (cells - parameters)

It is 0 for a whole grid. An effect that the cells there do not determine is told as such, with no number. A factor whose level
another one tells, as style and generator of recipes that differ in their merge alone, is one with it, and contenders that share
no level with the others are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from zoo.documents.names import BASELINES, FULL
from zoo.results.contenders import Contender
from zoo.results.levels import Array, Levels
from zoo.results.pairs import PairsById
from zoo.results.record import Record
from zoo.results.statistics import holm
from zoo.results.student import chance, half_widths
from zoo.scoring.protocols import Metric

FACTORS = ("style", "merge", "generator", "loss", "pose")
_ROUNDING = 1e-8
Cell = tuple[str, ...]  # a level of each factor
Place = tuple[str, str]  # a factor and one of its levels


@dataclass(frozen=True)
class Effect:
    """What a level brings, or two together beyond what each brings; `value` is None where the cells do not determine it."""

    places: tuple[Place, ...]  # one, or two of an interaction
    cells: int  # that have it
    value: float | None = None
    low: float | None = None  # of the 95 % interval
    high: float | None = None
    adjusted: float | None = None  # p of no effect, by Holm over all of its kind

    @property
    def factors(self) -> tuple[str, ...]:
        """Whose levels they are."""
        return tuple(factor for factor, _ in self.places)


@dataclass(frozen=True)
class Effects:
    """Of one metric; unit and direction are the metric's."""

    metric: Metric
    mean: float
    factors: dict[str, list[str]]  # those that vary, and their levels
    told: dict[str, str]  # factors that vary with another one alone, and that one
    cells: int
    missing: int
    apart: int  # contenders that share no level with the others
    main: list[Effect]
    interactions: list[Effect]


def levels_of(record: Record) -> dict[str, str]:
    """The components of a record's recipe by factor; of losses those that train, together."""
    recipe = record.recipe.model_extra or {}
    used = {name for phase in recipe.get("phases", ()) for name in phase["losses"]}
    losses = {name: term for name, term in recipe.get("losses", {}).items() if name in used and term.get("weight", 1.0)}
    found = {name: recipe[name]["use"] for name in FACTORS if recipe.get(name)}
    return (
        dict.fromkeys(FACTORS, "none")
        | found
        | {"loss": " + ".join(sorted({term["use"] for term in losses.values()})) or "none"}
    )


def mixes(record: Record) -> bool:
    """Whether what its parts bring is asked, where nobody says of whom: of recipes and their changes, not of variants."""
    return record.variant == FULL and record.recipe_name not in BASELINES


def effects(contenders: Sequence[Contender], metric: Metric, pairs: PairsById) -> Effects:
    """The effects on a metric that all contenders, of one arena, have; none where there is but one cell."""
    told = [levels_of(contender.record) for contender in contenders]
    folded = _folded(told)
    free = [name for name in _varying(told) if name not in folded]
    together = _connected([[levels[name] for name in free] for levels in told]) if len(free) > 1 else [*range(len(told))]
    told = [told[i] for i in together]
    factors = {name: sorted({levels[name] for levels in told}) for name in _varying(told) if name in free}
    grid = _Grid(factors, [tuple(levels[name] for name in factors) for levels in told])
    varying = Levels.of([contenders[i] for i in together], metric.name, pairs)
    alone = [((name, level),) for name in factors for level in factors[name]]
    both = [((f, a), (g, b)) for f, g in combinations(factors, 2) for a, b in product(factors[f], factors[g])]
    kinds = [[Effect(places, grid.having(places)) for places in kind] for kind in (alone, both)]
    main, interactions = (_estimated(kind, grid, varying) for kind in kinds)
    missing = int(np.prod([len(levels) for levels in factors.values()])) - len(grid.cells)
    mean = float((grid.average @ varying.means).mean())
    apart = len(contenders) - len(together)
    return Effects(metric, mean, factors, folded, len(grid.cells), missing, apart, main, interactions)


def _folded(told: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Factors that vary and whose level another one tells, and that one."""
    folded: dict[str, str] = {}
    varying = _varying(told)
    for name in reversed(varying):
        others = [other for other in varying if other not in (name, *folded)]
        teller = next((o for o in others if len({(lv[o], lv[name]) for lv in told}) == len({lv[o] for lv in told})), None)
        if teller:
            folded[name] = teller
    return folded


def _varying(told: Sequence[Mapping[str, str]]) -> list[str]:
    return [name for name in FACTORS if len({levels[name] for levels in told}) > 1]


def _connected(told: Sequence[Sequence[str]]) -> list[int]:
    """Where the most are that hang together by the levels they share."""
    groups: list[tuple[set[tuple[int, str]], list[int]]] = []
    for i, levels in enumerate(told):
        mine, members = set(enumerate(levels)), [i]
        for group in [group for group in groups if group[0] & mine]:
            groups.remove(group)
            mine, members = mine | group[0], group[1] + members
        groups.append((mine, members))
    return sorted(max(groups, key=lambda group: len(group[1]))[1])


class _Grid:
    """The cells there are, and what least squares makes of them."""

    def __init__(self, factors: Mapping[str, list[str]], told: Sequence[Cell]) -> None:
        self.factors, self.cells = factors, sorted(set(told))
        here = np.array([[cell == one for one in told] for cell in self.cells], float)
        self.average = here / here.sum(1, keepdims=True)  # (cells, contenders)
        # effects that sum to zero over the levels have one parameter less than levels
        self.codes = {name: np.vstack((np.eye(len(ls) - 1), -np.ones(len(ls) - 1))) for name, ls in factors.items()}
        self.columns = {name: code[[self._which(name, cell) for cell in self.cells]] for name, code in self.codes.items()}
        self._fits: dict[tuple[str, ...], tuple[Array, Array, int]] = {}

    def _which(self, name: str, cell: Cell) -> int:
        return self.factors[name].index(cell[[*self.factors].index(name)])

    def fit(self, what: Effect) -> tuple[Array, Array, int]:
        """The design (cells, parameters), its pseudo-inverse, and how many cells it leaves over to judge it by."""
        key = what.factors if len(what.factors) == 2 else ()
        if key not in self._fits:
            crossed = (
                [np.einsum("ci,cj->cij", *(self.columns[name] for name in key)).reshape(len(self.cells), -1)] if key else []
            )
            design = np.hstack([np.ones((len(self.cells), 1)), *self.columns.values(), *crossed])
            inverse = np.linalg.pinv(design, rcond=_ROUNDING)
            self._fits[key] = design, inverse, len(self.cells) - round(float(np.trace(design @ inverse)))
        return self._fits[key]

    def wanted(self, what: Effect) -> Array:
        """(parameters,) the sum of them that is the effect."""
        chosen = {name: self.codes[name][self.factors[name].index(level)] for name, level in what.places}
        if len(chosen) == 2:
            return np.concatenate((np.zeros(1), *(np.zeros(c.shape[1]) for c in self.columns.values()), _outer(chosen)))
        return np.concatenate((np.zeros(1), *(chosen.get(n, np.zeros(c.shape[1])) for n, c in self.columns.items())))

    def marginal(self, what: Effect) -> tuple[Array, float]:
        """L* over the cells there (cells,), and its sum of squares over the missing ones."""
        whole = float(np.prod([len(levels) for levels in self.factors.values()]))
        weights, square = np.full(len(self.cells), 1 / whole), 1 / whole
        for name, level in what.places:  # the mean of the level less that of all: (levels [is it] - 1) / cells
            count = len(self.factors[name])
            weights = weights * np.array(
                [count * (self.factors[name][self._which(name, c)] == level) - 1.0 for c in self.cells]
            )
            square *= count - 1
        return weights, max(0.0, square - float(weights @ weights))

    def having(self, places: Sequence[Place]) -> int:
        """How many cells have these levels."""
        return sum(all(self.factors[n][self._which(n, cell)] == level for n, level in places) for cell in self.cells)


def _outer(chosen: Mapping[str, Array]) -> Array:
    return np.asarray(np.outer(*chosen.values()).ravel())


def _estimated(what: Sequence[Effect], grid: _Grid, varying: Levels) -> list[Effect]:
    """Effects of one kind with their numbers; as they came where the cells do not determine them."""
    found = {i: parts for i, effect in enumerate(what) if (parts := _parts(effect, grid, varying))}
    if not found:
        return list(what)
    values = np.array([value for value, _ in found.values()])
    variances, freedom = np.array([parts for _, parts in found.values()]).transpose(2, 0, 1)
    half, adjusted = half_widths(variances, freedom), holm(chance(values, variances, freedom))
    told = list(what)
    for i, v, h, p in zip(found, values.tolist(), half.tolist(), adjusted.tolist(), strict=True):
        told[i] = replace(what[i], value=v, low=v - h, high=v + h, adjusted=p)
    return told


def _parts(what: Effect, grid: _Grid, varying: Levels) -> tuple[float, list[tuple[float, float]]] | None:
    """The effect, and what varies in it, with degrees of freedom: people, seeds, gaps. None where the cells leave it open."""
    design, inverse, over = grid.fit(what)
    wanted, (there, missing) = grid.wanted(what), grid.marginal(what)
    weights, scores = wanted @ inverse, grid.average @ varying.means
    gaps = float(((weights - there) ** 2).sum()) + missing
    if not np.allclose(weights @ design, wanted, atol=_ROUNDING) or (gaps > _ROUNDING and not over):
        return None
    misfit = scores - design @ (inverse @ scores)
    judged = (gaps * float(misfit @ misfit) / over, float(over)) if over else (0.0, 1.0)
    return float(weights @ scores), [*_of_chance(weights @ grid.average, varying), judged]


def _of_chance(each: Array, varying: Levels) -> Iterator[tuple[float, float]]:
    """Variance and degrees of freedom of a weighted sum of contenders: of people and of seeds."""
    alone = float((each**2 * varying.people)[~varying.paired].sum())
    yield float(((each @ varying.moved) ** 2).sum()) + alone, float(varying.people_freedom.min())
    seeds = each**2 * varying.seeds
    square = float((seeds**2 / np.maximum(varying.seeds_freedom, 1.0)).sum())
    yield float(seeds.sum()), float(seeds.sum() ** 2 / square) if square else 1.0
