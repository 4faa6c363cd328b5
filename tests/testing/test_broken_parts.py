"""Each promise catches a part that breaks it, and says what was promised and what was found."""

from importlib.metadata import entry_points
from typing import Annotated, Any

import pytest
import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import GROUP, KINDS, Component, Kind, Option
from zoo.interfaces import (
    Context,
    Dataset,
    Generator,
    Loss,
    MergesSeveral,
    MergingOperator,
    Pairing,
    PoseRepresentation,
    StyleEncoder,
)
from zoo.ops.maps import heat_maps, scale_joints
from zoo.ops.sources import first_of
from zoo.recipes.catalog import Catalog, Shelf, build_catalog
from zoo.recipes.plugins import Plugin
from zoo.testing import contracts
from zoo.testing.bench import Bench
from zoo.testing.holding import Promise
from zoo.testing.mixes import mixes
from zoo.testing.plugin import Check
from zoo.types import FeatureSpec, Merged, Outcome, Pair, Person, Style


class Pose(PoseRepresentation):
    """Heat maps."""

    def __init__(
        self, context: Context, *, sigma: Annotated[float, Option("of the Gaussians, in pixels", "ours")] = 2.0
    ) -> None:
        self.channels, self.sigma = 18, sigma

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return heat_maps(scale_joints(person.joints, person.size, size), person.visible, size, self.sigma)


class Bones(Pose):
    """24 maps that are no joints."""

    def __init__(self, context: Context) -> None:
        self.channels = 24

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        maps = torch.zeros(len(person), 24, *size)
        maps[..., 0, 0] = 1.0
        return maps


class Bright(Pose):
    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return 2 * super().draw(person, size)


class Careless(Pose):
    """Reads joints that mean nothing."""

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return heat_maps(person.joints, torch.ones_like(person.visible), size, 2.0)


class Silent(Pose):
    """An option that says nothing."""

    def __init__(self, context: Context, *, width: int = 3) -> None:
        self.channels = 18


class Encoder(StyleEncoder):
    """One convolution."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = FeatureSpec((1,), (4,), len(context.regions), 4)
        self.net = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, source: Person) -> Style:
        features = self.net(source.image)
        codes = features.mean((2, 3))[:, None].expand(-1, self.spec.regions, -1)
        return Style(pyramid=(features,), codes=codes, parsing=source.parsing)


class Random(Encoder):
    """Another style each time."""

    def forward(self, source: Person) -> Style:
        style = super().forward(source)
        return style.but(pyramid=(style.pyramid[0] + torch.rand(()),))


class Greedy(Encoder):
    """Needs regions, and does not say so."""

    def forward(self, source: Person) -> Style:
        assert source.parsing is not None
        return super().forward(source)


class Unseeded(Encoder):
    """Parameters from nowhere."""

    count = 0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        Unseeded.count += 1
        nn.init.constant_(self.net.bias, Unseeded.count)


class Merge(MergingOperator):
    """Hands on what it gets."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = context.upstream

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=style.pyramid, codes=style.codes)


class Deaf(Merge):
    """Never listens to its style."""

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=tuple(torch.zeros_like(p).requires_grad_() for p in style.pyramid), codes=style.codes)


class Painter(Generator):
    """The finest level, spread."""

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, merged: Merged, target: Person) -> Tensor:
        image = nn.functional.interpolate(merged.pyramid[0][:, :3], target.size).tanh()
        return image + sum(flow.sum() for flow in merged.fields.flow)


class Distance(Loss):
    """L1."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.net = nn.Conv2d(3, 1, 1)

    def forward(self, outcome: Outcome) -> Tensor:
        return (outcome.image - outcome.pair.target.image).abs().mean()  # type: ignore[operator,no-any-return]


class Idle(Distance):
    """Nothing to learn from."""

    def forward(self, outcome: Outcome) -> Tensor:
        return torch.ones(())


class Meddling(Distance):
    """A critic that trains the model."""

    def critic(self, outcome: Outcome) -> Tensor:
        return self.net(outcome.image).mean()


class Counting(Pairing):
    """Knows how often it was asked."""

    def __init__(self, context: Context) -> None:
        self.asked = 0

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        self.asked += 1
        images = (torch.arange(count) + self.asked) % 6
        return data.load(split, images, images)


class Lonely(Pairing):
    """One photo of each person, whatever is asked for."""

    def __init__(self, context: Context) -> None: ...

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images = (torch.arange(count) + start) % 6
        return data.load(split, images, images)


class Telltale(Lonely):
    """The target among the sources."""

    def __init__(self, context: Context) -> None:
        self.sources = context.sources

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        targets = (torch.arange(count) + start) % 6
        return data.load_several(split, torch.stack([targets + i for i in range(self.sources)], 1) % 6, targets + 1)


class First(MergesSeveral):
    """Takes the first photo alone."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = context.upstream

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        whole = Merged(pyramid=style.pyramid, codes=style.codes)
        return first_of(whole, len(source) // len(target))


def bench(kind: Kind, part: type, **facts: Any) -> Bench:
    component = Component(kind, f"t.{part.__name__.lower()}", f"{__name__}:{part.__name__}", "a part", **facts)
    catalog = Catalog([], {k: Shelf(k) for k in KINDS}, Shelf("recipe"), Shelf("track"))
    catalog.components[kind].add(component.name, Plugin("t", "t", "t", "1"), component)
    return Bench(catalog, component)


KEPT: list[tuple[Kind, type]] = [("pose", Pose), ("style", Encoder), ("merge", Merge), ("loss", Distance)]
BROKEN: list[tuple[Promise, Bench, str]] = [
    (contracts.draws, bench("pose", Bones, gives={"pose.joints"}), "map j shows joint j, but gives maps that peak elsewhere"),
    (contracts.draws, bench("pose", Bright), "pose maps in [0, 1], but gives 0 to"),
    (contracts.draws, bench("pose", Careless), "pose maps of finite numbers, but gives nan"),
    (contracts.says_its_options, bench("pose", Silent), "at each option, but gives none at width"),
    (contracts.says_its_options, bench("pose", Pose, multiple="sgima"), "'sgima', which is no option of it"),
    (contracts.of_its_kind, bench("pose", Bright), "a docstring of its own, but gives none"),
    (contracts.of_its_kind, bench("style", Pose), "a zoo.interfaces.StyleEncoder, but gives <class"),
    (contracts.styles, bench("style", Random), "the same result again in eval mode"),
    (contracts.styles, bench("style", Greedy), "failed: AssertionError"),
    (contracts.seeded, bench("style", Unseeded), "equal parameters from equal seeds"),
    (contracts.merges, bench("merge", Merge, gives={"fields.flow"}), "to give fields.flow, but gives no such field"),
    (contracts.reads_the_style, bench("merge", Deaf), "gradients for the style, but gives none"),
    (contracts.paints, bench("generator", Painter), "never to read merged.fields"),
    (contracts.judges, bench("loss", Idle), "gradients for what it judges, but gives none"),
    (contracts.criticises, bench("loss", Meddling), "a critic that detaches the model's side"),
    (contracts.samples, bench("pairing", Lonely, gives={"sources"}), "3 photos of each person, but gives 1"),
    (contracts.samples, bench("pairing", Telltale, gives={"sources"}), "photos that are not the target"),
    (contracts.merges, bench("merge", First, gives={"sources"}), "the same of three photos in whatever order"),
    (contracts.merges, bench("merge", First), "not to be a zoo.interfaces.MergesSeveral (gives sources), but gives to be"),
    (contracts.merges, bench("merge", Merge, gives={"sources"}), "to be a zoo.interfaces.MergesSeveral (gives sources)"),
    (contracts.samples, bench("pairing", Counting), "the same pair at the same position"),
]


@pytest.mark.parametrize(("promise", "part", "said"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_promise_is_named(promise: Promise, part: Bench, said: str) -> None:
    with pytest.raises(ZooError) as error:
        promise(part)
    assert part.name in error.value.what and said in error.value.what


@pytest.mark.parametrize(("kind", "part"), KEPT)
def test_a_good_part_keeps_every_promise(kind: Kind, part: type) -> None:
    tried = bench(kind, part, gives={"pose.joints"} if kind == "pose" else frozenset())
    for promise in (*contracts.EVERYBODY, *contracts.CONTRACTS[kind]):
        promise(tried)


def test_a_failure_inside_a_check_names_the_part() -> None:
    def fail() -> None:
        raise IndexError("level 7")

    with pytest.raises(ZooError, match=r"merge t\.merge promises: it runs; it failed: IndexError: level 7"):
        Check("merge t.merge", "it runs", fail)()


def test_a_name_claimed_twice_is_mixed_by_nobody() -> None:
    installed = build_catalog(entry_points(group=GROUP))
    twice = Component("merge", "base.stay", "zoo_base.merges:Stay", "the same name twice")
    installed.components["merge"].add("base.stay", Plugin("t", "t", "t", "1"), twice)
    mixed = {mix.merge for mix in mixes(installed)}
    assert "base.concat" in mixed and "base.stay" not in mixed
