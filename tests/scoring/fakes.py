"""A data set, a judge and models small enough to know every score by heart."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from tests.support import make_pair
from zoo.interfaces import Context, Dataset, Judge
from zoo.model import Kit
from zoo.recipes.track import Track
from zoo.regions import vocabulary
from zoo.types import Fields, Judgement, Merged, Outcome, Pair

SIZE = (32, 32)
REGIONS = 20


def make_track(**changes: Any) -> Track:
    """A track on the fake data."""
    content = {"name": "fake", "dataset": "fake.data", "size": SIZE, "protocol": "figures-v1"}
    return Track.model_validate({**content, "budget": {"steps": 10, "batch": 2}, **changes})


class FakeData(Dataset):
    """Five people, two pairs each; every pair is random and differs from the others."""

    vocabulary = "cihp20"
    gives = frozenset({"parsing", "flow", "target"})

    def __init__(self, people: int = 5, bare: bool = False) -> None:
        self.people, self.bare = people, bare

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        return [(2 * i, 2 * i + 1) for i in range(self.people)]

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        return [pair for a, b in self.groups(split) for pair in ((a, b), (b, a))]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        singles = [
            make_pair(SIZE, 1, REGIONS, seed=100 * s + t) for s, t in zip(sources.tolist(), targets.tolist(), strict=True)
        ]
        pair = join(singles)
        if not self.bare:
            return pair
        source, target = (p.but(parsing=None) for p in (pair.source, pair.target))
        return pair.but(source=source, target=target, flow=None, visibility=None)

    def digest(self, split: str) -> str:
        return "0" * 64


def join(pairs: list[Pair]) -> Pair:
    """Pairs of one as one batch, without names."""
    stack = {id(t): i for i, t in enumerate(tensors(pairs[0]))}
    columns = list(zip(*(tensors(p) for p in pairs), strict=True))
    return pairs[0].map(lambda t: torch.cat(columns[stack[id(t)]])).but(names=())


def tensors(pair: Pair) -> list[Tensor]:
    """All tensors of a pair, in a fixed order."""
    found: list[Tensor] = []
    pair.map(lambda t: found.append(t) or t)  # type: ignore[func-returns-value]
    return found


class FakeJudge(Judge):
    """Sees joints in the middle, the background everywhere, and the mean colour of each quarter as features."""

    vocabulary = "cihp20"

    def forward(self, image: Tensor) -> Judgement:
        b, _, h, w = image.shape
        parsing = torch.zeros(b, REGIONS, h, w)
        parsing[:, 0] = 1
        features = nn.functional.adaptive_avg_pool2d(image, 2).flatten(1)
        middle = torch.tensor([(w - 1) / 2, (h - 1) / 2]).expand(b, 18, 2)
        return Judgement(features=features, joints=middle, confidence=torch.ones(b, 18), parsing=parsing)


class FakeModel(nn.Module):
    """Paints `source`, `target` or `nan`; exposes `fields`; has a batch norm to betray training mode."""

    def __init__(self, paints: str = "target", fields: Fields | None = None) -> None:
        super().__init__()
        self.paints, self.fields, self.norm = paints, fields or Fields(), nn.BatchNorm2d(3)
        self.modes: list[tuple[bool, bool]] = []  # (training, inference) of every call

    def forward(self, pair: Pair) -> Outcome:
        self.modes.append((self.training, torch.is_inference_mode_enabled()))
        person = pair.source if self.paints == "source" else pair.target
        assert person.image is not None
        image = person.image / 0 if self.paints == "nan" else person.image.clone()
        pose = torch.zeros(len(pair), 18, *person.size)
        merged = Merged(pyramid=(), codes=torch.zeros(len(pair), 8, 1), fields=self.fields)
        target = pair.target.but(image=None, parsing=None, pose=pose)
        return Outcome(pair=pair, source=pair.source.but(pose=pose), target=target, merged=merged, image=image)


def make_kit(judge: Judge | None = None, **data: Any) -> Kit:
    """A kit around the fakes."""
    model: Any = FakeModel()
    return Kit(model, FakeData(**data), Context(size=SIZE, regions=vocabulary("cihp20")), judge)
