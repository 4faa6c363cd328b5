"""A tiny catalogue: one-layer parts, losses with and without a critic, a pairing with epochs, data made from noise."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from zoo.hookspecs import KINDS, Component, Kind
from zoo.interfaces import (
    Context,
    Dataset,
    FeatureNet,
    Generator,
    Loss,
    MergingOperator,
    Pairing,
    PoseRepresentation,
    StyleEncoder,
)
from zoo.model import Kit, build_losses, build_model
from zoo.recipes.catalog import Catalog, Shelf
from zoo.recipes.loading import make_recipe
from zoo.recipes.plugins import Plugin
from zoo.recipes.recipe import Recipe
from zoo.regions import vocabulary
from zoo.store.folder import LOG
from zoo.training.loop import train
from zoo.training.plan import Plan, Trained
from zoo.types import FeatureSpec, Merged, Outcome, Pair, Person, Style

from ..support import make_pair

SIZE = (8, 8)
REGIONS = "scm8"


class Pose(PoseRepresentation):
    channels = 1

    def __init__(self, context: Context) -> None: ...

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return person.joints.new_zeros(len(person), 1, *size)


class Encoder(StyleEncoder):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = FeatureSpec((1,), (4,), len(context.regions), 4)
        self.net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.1))

    def forward(self, source: Person) -> Style:
        features = self.net(source.image)
        return Style(pyramid=(features,), codes=features.mean((2, 3))[:, None].expand(-1, self.spec.regions, -1))


class Merge(MergingOperator):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = context.upstream
        self.net = nn.Conv2d(4, 4, 1)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=(self.net(style.pyramid[0]),), codes=style.codes)


class Painter(Generator):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.net = nn.Conv2d(4, 3, 1)
        self.idle = nn.Linear(2, 2)  # no phase uses it

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return self.net(merged.pyramid[0]).tanh()


def truth(outcome: Outcome) -> Tensor:
    image = outcome.pair.target.image
    assert image is not None
    return image


class Rec(Loss):
    def __init__(self, context: Context, *, poison: bool = False) -> None:
        super().__init__()
        self.poison = poison

    def forward(self, outcome: Outcome) -> Tensor:
        loss = (outcome.image - truth(outcome)).abs().mean()
        return loss / 0 if self.poison else loss


class Features(FeatureNet):
    layers: ClassVar = {"relu1_1": (2, 1)}

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
        self.requires_grad_(False)

    def forward(self, image: Tensor, layers: Any) -> dict[str, Tensor]:
        return {"relu1_1": self.net(image).relu()}


class Adversary(Loss):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.features = context.feature_net
        self.net = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 1, 3))

    def forward(self, outcome: Outcome) -> Tensor:
        seen = self.features(outcome.image, ["relu1_1"])["relu1_1"]
        return (self.net(outcome.image) - 1).square().mean() + 0.01 * seen.mean()

    def critic(self, outcome: Outcome) -> Tensor:
        return (self.net(truth(outcome)) - 1).square().mean() + self.net(outcome.image).square().mean()


class Epochs(Pairing):
    """Seven images, shuffled anew every epoch."""

    prepared: ClassVar[list[Path]] = []

    def __init__(self, context: Context) -> None: ...

    def prepare(self, data: Dataset, split: str, folder: Path) -> None:
        self.prepared.append(folder)

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images = torch.tensor([self._image(seed, position) for position in range(start, start + count)])
        return data.load(split, images, images)

    def _image(self, seed: int, position: int) -> int:
        order = torch.randperm(7, generator=torch.Generator().manual_seed(100 * seed + position // 7))
        return int(order[position % 7])


class Noise(Dataset):
    vocabulary = REGIONS
    gives = frozenset({"parsing"})

    def groups(self, split: str) -> list[list[int]]:
        return [[0]]

    def pairs(self, split: str) -> list[tuple[int, int]]:
        return [(0, 0)]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        pairs = [make_pair(SIZE, 1, seed=int(s)) for s in sources]
        return Pair(source=_together([p.source for p in pairs]), target=_together([p.target for p in pairs]))

    def digest(self, split: str) -> str:
        return "noise"


def _together(people: list[Person]) -> Person:
    def cat(name: str) -> Tensor:
        return torch.cat([getattr(p, name) for p in people])

    return Person(size=SIZE, joints=cat("joints"), visible=cat("visible"), image=cat("image"), parsing=cat("parsing"))


_CLASSES: list[tuple[Kind, type]] = [
    ("pose", Pose), ("style", Encoder), ("merge", Merge), ("generator", Painter),
    ("loss", Rec), ("loss", Adversary), ("pairing", Epochs),
]  # fmt: skip


def tiny_catalog() -> Catalog:
    catalog = Catalog([], {kind: Shelf(kind) for kind in KINDS}, Shelf("recipe"), Shelf("track"))
    for kind, part in _CLASSES:
        name = f"tiny.{part.__name__.lower()}"
        catalog.components[kind].add(
            name, Plugin("tiny", __name__, "tests", "0"), Component(kind, name, f"{__name__}:{part.__name__}")
        )
    return catalog


def tiny_recipe(**changes: Any) -> Recipe:
    """Two phases: everything with L1, then merge and generator with L1 and the adversary."""
    phases = [
        {"name": "whole", "train": ["style", "merge", "generator"], "losses": ["rec"], "pairing": "tiny.epochs", "lr": 0.01},
        {"name": "sharp", "train": ["merge", "generator"], "losses": ["rec", "adv"], "pairing": "tiny.epochs", "clip": 1.0},
    ]  # fmt: skip
    document = {
        "name": "tiny", "regions": REGIONS, "pose": "tiny.pose", "style": "tiny.encoder", "merge": "tiny.merge",
        "generator": "tiny.painter", "losses": {"rec": "tiny.rec", "adv": {"use": "tiny.adversary", "weight": 0.1}},
        "phases": phases, "ema": 0.9,
    }  # fmt: skip
    return make_recipe({**document, **changes}, where="tests")


def phase(recipe: Recipe, name: str, **changes: Any) -> dict[str, Any]:
    """One of a recipe's phases as a document, changed."""
    return {**next(p for p in recipe.phases if p.name == name).model_dump(), **changes}


def tiny_kit(recipe: Recipe, seed: int = 0) -> tuple[Kit, nn.ModuleDict]:
    """A kit and the losses, freshly built."""
    catalog = tiny_catalog()
    torch.manual_seed(seed)  # for the feature net
    context = Context(size=SIZE, regions=vocabulary(REGIONS), seed=seed)
    context = replace(context, features=Features(context))
    kit = Kit(build_model(recipe, context, REGIONS, catalog), Noise(), context, None)
    return kit, build_losses(recipe, kit, catalog)


def tiny_train(recipe: Recipe, folder: Path, **plan: Any) -> Trained:
    """Train from scratch, or resume, with everything built anew."""
    kit, losses = tiny_kit(recipe)
    return train(recipe, kit, losses, Plan(folder=folder, **{"steps": 20, "batch": 2, **plan}), tiny_catalog())


def logged(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def same(one: Mapping[str, Tensor], two: Mapping[str, Tensor]) -> bool:
    """Bitwise equality."""
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
