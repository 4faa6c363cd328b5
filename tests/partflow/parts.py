"""Small people and parts the tests of partflow share."""

import dataclasses

import torch

from tests.support import make_person
from zoo.interfaces import Context
from zoo.ops.maps import heat_maps
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo.types import Fields, Merged, Outcome, Pair, Person
from zoo_partflow.merge import PartFlowMerge
from zoo_partflow.style import PartStyle

SIZE = (64, 32)  # powers of two, at which warps are exact
BODY = torch.tensor(
    [(16, 8), (16, 14), (12, 15), (10, 22), (9, 29), (20, 15), (22, 22), (23, 29), (13, 31), (13, 42), (13, 54),
     (19, 31), (19, 42), (19, 54), (15, 6), (17, 6), (13, 8), (19, 8)], dtype=torch.float32,
)  # fmt: skip
_BARE = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)
CONTEXT = dataclasses.replace(_BARE, features=construct(catalog(), "features", Part(use="figures.features"), _BARE))


def standing(seed: int = 0, batch: int = 2) -> Person:
    """People who stand about, every joint seen."""
    person = make_person(SIZE, batch, seed=seed)
    jitter = torch.randn(batch, 18, 2, generator=torch.Generator().manual_seed(seed))
    return person.but(joints=BODY + jitter, visible=torch.ones(batch, 18, dtype=torch.bool))


def drawn(person: Person) -> Person:
    """The person with a pose of 18 heat maps."""
    return person.but(pose=heat_maps(person.joints, person.visible, person.size, 2.0))


def encoder(**options: object) -> PartStyle:
    """A narrow part encoder in eval mode."""
    torch.manual_seed(0)
    return PartStyle(CONTEXT, **{"channels": 8, **options}).eval()  # type: ignore[arg-type]


def operator(spec=None, **options: object) -> PartFlowMerge:  # type: ignore[no-untyped-def]
    """A narrow merging operator on the encoder's style, or on another of `spec`."""
    torch.manual_seed(0)
    if spec is None:
        spec = encoder(groups=options.get("groups", "overlap")).spec
    context = dataclasses.replace(CONTEXT, spec=spec)
    return PartFlowMerge(context, **{"channels": 16, "flow_width": 4, "flow_cap": 8, **options}).eval()  # type: ignore[arg-type]


def outcome_of(fields: Fields) -> Outcome:
    """An outcome that knows nothing but its fields and two people."""
    source, target = standing(), standing(seed=1)
    merged = Merged(pyramid=(), codes=torch.zeros(2, 8, 3), fields=fields)
    return Outcome(pair=Pair(source=source, target=target), source=source, target=target, merged=merged)
