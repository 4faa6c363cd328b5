"""Every style encoder x merging operator x generator either runs or is refused before anything is built."""

import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from zoo.errors import ZooError
from zoo.hookspecs import FACTS, Fact, Kind
from zoo.interfaces import Context
from zoo.model import Model, build_model
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import check_facts, needs_of
from zoo.recipes.loading import make_recipe
from zoo.recipes.promises import broken
from zoo.recipes.recipe import Part, Recipe
from zoo.regions import vocabulary
from zoo.testing.bench import REGIONS, small_options
from zoo.testing.people import make_pair

SIZE = (64, 32)
MIXED: tuple[Kind, ...] = ("style", "merge", "generator")
DATA, LABELS = "cihp20", 20  # the vocabulary of the data: the model has to translate
GIVEN: frozenset[Fact] = frozenset(FACTS) - {"pose.joints", "target.parsing", "parsing.logits", "edges", "cycle", "true.image"}


@dataclass(frozen=True)
class Mix:
    """One part of each kind, by name; `parsing` only where one of the others asks for it."""

    pose: str
    style: str
    merge: str
    generator: str
    parsing: str = "none"

    def recipe(self, options: Mapping[str, Mapping[str, Any]] | None = None) -> Recipe:
        """The mix as a recipe without training, its parts at their defaults or at `options`."""
        parts = {name: {**(options or {}).get(use, {}), "use": use} for name, use in asdict(self).items()}
        return make_recipe({"name": "mix", "regions": REGIONS, **parts}, where="zoo.testing")

    def with_parsing(self, parsing: str) -> "Mix":
        """The same with another parsing transform, or none."""
        return replace(self, parsing=parsing)

    def neighbours(self) -> set[tuple[str, str]]:
        """Which parts hand on to which."""
        return {(self.style, self.merge), (self.merge, self.generator)}

    def __str__(self) -> str:
        return "-".join((self.style, self.merge, self.generator))


def refused(mix: Mix, catalog: Catalog) -> ZooError | None:
    """Why the mix cannot be, on data that knows all but edges."""
    try:
        check_facts(mix.recipe(small_options(catalog)), GIVEN, catalog)
    except ZooError as refusal:
        return refusal
    return None


def every_mix(catalog: Catalog) -> Iterator[Mix]:
    """All styles, merging operators and generators, with poses and parsing transforms in turn."""
    poses, parsings = (itertools.cycle(_usable(catalog, kind)) for kind in ("pose", "parsing"))
    for names in itertools.product(*(catalog.components[kind].usable() for kind in MIXED)):
        asked = any("target.parsing" in _needs(catalog, kind, name) for kind, name in zip(MIXED, names, strict=True))
        style, merge, generator = names
        yield Mix(next(poses), style, merge, generator, next(parsings) if asked else "none")


def _needs(catalog: Catalog, kind: Kind, name: str) -> Set[Fact]:
    return needs_of(catalog.component(kind, name), Part(use=name, options=dict(small_options(catalog).get(name, {}))))


def _usable(catalog: Catalog, kind: Kind) -> Sequence[str]:
    """The parts of a kind that need nothing but what most data gives; "none" where there is none."""
    known = [name for name in catalog.components[kind].usable() if catalog.component(kind, name).needs <= GIVEN]
    joints = [name for name in known if "pose.joints" in catalog.component(kind, name).gives]
    return joints or known or ["none"]


def mixes(catalog: Catalog, parts: Sequence[str] = ()) -> list[Mix]:
    """Few possible mixes in which all possible neighbours meet; those of `parts` ("mine.joints") alone if given."""
    possible, met, chosen = list(every_mix(catalog)), set[tuple[str, str]](), []
    for least in (2, 1):  # first the mixes that bring two pairs together for the first time
        for mix in possible:
            new = {pair for pair in mix.neighbours() - met if not parts or set(pair) & set(parts)}
            if len(new) >= least and not refused(mix, catalog):
                met |= new
                chosen.append(mix)
    return chosen


def runs(mix: Mix, catalog: Catalog) -> None:
    """Build, run and train a mix; ZooError for one that breaks, or that looks at the truth. It may be refused when built."""
    context = Context(size=SIZE, regions=vocabulary(REGIONS))
    try:
        model = build_model(mix.recipe(small_options(catalog)), context, DATA, catalog)
    except ZooError as refusal:
        if refusal.exit_code == 2 and refusal.fix:
            return
        raise
    image = model(make_pair(SIZE, regions=LABELS)).image
    if image.requires_grad:  # a mix without parameters has nothing to learn
        image.square().mean().backward()
    if not all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None):
        raise broken(f"mix {mix}", "gradients that are finite", "nan or infinity")
    if _looks_at_the_truth(model.eval()):
        raise broken(f"mix {mix}", "the same image whatever the target's photo, regions and flow are", "another one")


def _looks_at_the_truth(model: Model) -> bool:
    pair, other = make_pair(SIZE, regions=LABELS), make_pair(SIZE, regions=LABELS, seed=7).target
    lie = pair.but(target=pair.target.but(image=other.image, parsing=other.parsing), flow=torch.ones(2, 2, *SIZE))
    with torch.inference_mode():
        told, lied = (model(p).image for p in (pair, lie))
    return told is None or lied is None or not torch.equal(told, lied)
