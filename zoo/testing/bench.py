"""Where a part is tried: a size it takes, a context with stand-ins for the track's nets, people who show what it may see."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from math import lcm
from typing import Any

import torch
from torch import nn

from zoo.errors import ZooError
from zoo.hookspecs import Component
from zoo.interfaces import Context
from zoo.recipes.catalog import Catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import construct, multiple_of
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo.testing.nets import StandInCodec, StandInDetector, StandInFeatures
from zoo.testing.people import make_pair
from zoo.types import FeatureSpec, Pair, PhotoChannels

REGIONS, SMALL = "scm8", "small"
SPECS = (  # what a part may find upstream; it may refuse all but one
    FeatureSpec(strides=(2, 4), channels=(16, 24), regions=8, code_width=12),
    FeatureSpec(strides=(1,), channels=(16,), regions=8, code_width=12, photo=PhotoChannels(13, 3)),
)


@dataclass(frozen=True)
class Bench:
    """One part under test, with the options it is tried at."""

    catalog: Catalog
    component: Component
    options: Mapping[str, Any] = field(default_factory=dict)
    wear: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """What errors call the part."""
        worn = f" wearing {', '.join(part.use for part in self.wear)}" if self.wear else ""
        return f"{self.component.kind} {self.component.name}{worn}"

    @property
    def part(self) -> Part:
        """The part as a recipe would name it."""
        return Part(use=self.component.name, options=dict(self.options), wear=self.wear)

    @cached_property
    def size(self) -> tuple[int, int]:
        """An odd number of what H and W must be multiples of, and the upstream's strides fit in."""
        unit = lcm(multiple_of(self.component, self.part), 4 if self.component.kind in ("merge", "generator") else 1)
        return _odd(48, unit), _odd(32, unit)

    def context(self, spec: FeatureSpec | None = None) -> Context:
        """Seeded stand-ins, and `spec` upstream."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            features, detector, codec = StandInFeatures(), StandInDetector(), StandInCodec()
        return Context(self.size, vocabulary(REGIONS), 18, spec, features, detector, codec)

    def build(self, spec: FeatureSpec | None = None, seed: int = 0) -> Any:
        """The part, in eval mode."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            built = construct(self.catalog, self.component.kind, self.part, replace(self.context(spec), seed=seed))
        return built.eval() if isinstance(built, nn.Module) else built

    def downstream(self, seed: int = 0) -> tuple[Any, FeatureSpec]:
        """The part behind the first upstream spec that it takes, and that spec."""
        for spec in SPECS[:-1]:
            try:
                return self.build(spec, seed), spec
            except ZooError as refusal:
                if refusal.exit_code != 2:
                    raise
        return self.build(SPECS[-1], seed), SPECS[-1]

    def pair(self, missing: float = float("nan")) -> Pair:
        """Two people with poses drawn, as the model shows them to the part: nothing that it does not need."""
        pair, needs = make_pair(self.size, missing=missing), self.component.needs
        poses = torch.rand(2, 2, 18, *self.size, generator=torch.Generator().manual_seed(0))
        source, target = (person.but(pose=pose) for person, pose in zip((pair.source, pair.target), poses, strict=True))
        return pair.but(
            source=source if "source.parsing" in needs else source.but(parsing=None),
            target=target.but(
                image=target.image if "true.image" in needs else None,
                parsing=target.parsing if "target.parsing" in needs else None,
            ),
        )


def _odd(least: int, unit: int) -> int:
    count = -(-least // unit)
    return unit * (count + 1 - count % 2)


@cache
def small_options(catalog: Catalog) -> Mapping[str, Mapping[str, Any]]:
    """How installed recipes set their parts for small images: a part at its defaults may be as wide as a paper prints it."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in (catalog.recipes[name] for name in catalog.recipes.usable()):
        with suppress(ZooError):  # a recipe that has no such size
            recipes = [load_recipe(path, size=SMALL, variant=variant) for variant in variants_of(path)]
            for part in (part for recipe in recipes for part in recipe.parts().values()):
                found.setdefault(part.use, part.options)
    return found
