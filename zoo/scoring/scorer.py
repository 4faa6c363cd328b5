"""Run a model over a track's test pairs and score it by the track's protocol."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Dataset, Judge
from zoo.model import Kit, Model
from zoo.ops.batch import shared
from zoo.ops.denormals import flushed_denormals
from zoo.ops.memory import kept_memory
from zoo.recipes.track import Track
from zoo.regions import Vocabulary, vocabulary
from zoo.scoring.bootstrap import People, mean_interval
from zoo.scoring.diversity import Apart, check_samples
from zoo.scoring.evidence import Evidence, gather, painted, rounded, true_image
from zoo.scoring.frechet import frechet_interval, parts_of_distance
from zoo.scoring.intervals import Interval
from zoo.scoring.measures import MEASURES, WEIGHTS
from zoo.scoring.protocols import Protocol, protocol
from zoo.scoring.samples import FIRST, Sample, chosen, explained, panels, picture
from zoo.training import processes
from zoo.training.prefetching import prefetched
from zoo.types import Outcome, Pair

Net = TypeVar("Net", bound=nn.Module)
Progress = Callable[[int, int], object]  # pairs done, pairs in all
SPLIT = "test"


@dataclass(frozen=True)
class Scored:
    """What a protocol says of a model. A metric that cannot be had (no judge, no motion exposed) is absent."""

    summary: dict[str, Interval]
    per_pair: dict[str, list[float]]  # NaN where a pair has nothing to measure; of a Frechet distance, each pair's part in it
    names: list[str]  # of the pairs
    people: list[int]  # whose pair each is
    weights: dict[str, list[float]]  # of the pairs, where a metric's mean is a weighted one
    samples: list[Sample]
    seconds: float  # for everything
    images_per_second: float  # of the model alone


def score(
    model: Model,
    kit: Kit,
    track: Track,
    *,
    device: torch.device | str = "cpu",
    batch: int = 16,
    limit: int | None = None,
    places: Sequence[int] | None = None,
    samples: int = 1,
    progress: Progress = lambda done, total: None,
) -> Scored:
    """Score `model` on the first `limit` test pairs (all by default) of the track, or on those at `places`.

    Scores are of the first sample of each pair; of more `samples` it is told how far apart they are ("diversity").

    Several processes take turns at the batches, and each returns the result of all, which is that of one. Moves model and judge
    to `device`; the model is in eval mode meanwhile. ZooError for an unknown protocol, a judge of another vocabulary, no pairs,
    or an output that is not finite.
    """
    rules, began = protocol(track.protocol), time.perf_counter()
    pairs = _pairs(kit.data, limit)
    pairs = pairs if places is None else [pairs[place] for place in places]
    judge = _judge(kit, rules, device)
    check_samples(kit, samples)
    net = kit.context.feature_net.to(device) if samples > 1 else None
    vocabularies, which = (vocabulary(kit.data.vocabulary), kit.context.regions), (chosen(len(pairs)), explained(len(pairs)))
    tallies: dict[int, _Tally] = {}  # of batches, by their first pair
    with _evaluating(_laid(model, device)), torch.inference_mode(), flushed_denormals(), kept_memory():
        starts = processes.turns(range(0, len(pairs), batch))
        loaded = prefetched(lambda start: _load(kit.data, pairs[start : start + batch], kit.context.photos), starts)
        for start, (pair, _) in zip(starts, loaded, strict=True):
            tally = tallies[start] = _Tally(rules, *vocabularies, *which, start, apart=Apart(net, samples) if net else None)
            tally.add(model, judge, pair.to(device))
            if processes.is_main():
                progress(min(start + batch, len(pairs)), len(pairs))
    everybodys = {start: tally for held in processes.gathered(tallies) for start, tally in held.items()}
    whole = _joined([everybodys[start] for start in range(0, len(pairs), batch)])
    return whole.result(_people(kit.data, pairs), time.perf_counter() - began)


@torch.no_grad()
def samples_of(model: Model, kit: Kit, track: Track) -> list[Sample]:
    """The first test pairs in pictures, painted where the model lies, whose modes are as they were afterwards.

    ZooError where it paints what is not finite.
    """
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    pair = _load(kit.data, _pairs(kit.data, FIRST), kit.context.photos).to(device)
    with _evaluating(model), shared(0, 1):  # alone, whatever other processes of the training do meanwhile
        outcome = model(pair)
    regions, paired = vocabulary(kit.data.vocabulary), protocol(track.protocol).paired
    evidence = gather(pair, outcome, None, regions, paired=paired)
    return [picture(evidence, outcome, i, name) for i, name in enumerate(pair.names)]


def check_scorable(kit: Kit, track: Track, samples: int = 1) -> None:
    """Refuse, before anything is trained, what `score` would refuse after it: see there."""
    check_samples(kit, samples)
    rules = protocol(track.protocol)
    pairs = _pairs(kit.data, None)
    kit.data.sources_of(SPLIT, pairs, kit.context.photos)
    _judge(kit, rules, "cpu")
    if rules.paired:
        true_image(_load(kit.data, pairs[:1], kit.context.photos))


@dataclass
class _Tally:
    rules: Protocol
    data_regions: Vocabulary
    regions: Vocabulary  # the recipe's
    shown: set[int]
    explained: set[int]
    first: int = 0  # pair of the track
    apart: Apart | None = None  # asked for
    values: dict[str, list[Tensor]] = field(default_factory=dict)
    weights: dict[str, list[Tensor]] = field(default_factory=dict)
    features: list[tuple[Tensor, Tensor]] = field(default_factory=list)  # of outputs, of real photos: truths, or sources
    names: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    seconds: float = 0.0  # inside the model

    def add(self, model: Model, judge: Judge | None, pair: Pair) -> None:
        began = time.perf_counter()
        outcome = model(pair)
        painted(outcome)  # reads the image, so an asynchronous device has finished it
        self.seconds += time.perf_counter() - began
        evidence = gather(pair, outcome, judge, self.data_regions, paired=self.rules.paired)
        self._measure(replace(evidence, spread=self.apart(model, outcome)) if self.apart else evidence)
        if judge is not None and evidence.judged is not None:
            real = true_image(pair) if self.rules.paired else pair.source.image
            assert real is not None, "a scored pair has a source image"
            self.features.append((evidence.judged.features.cpu(), judge.features(rounded(real)).cpu()))
        self._show(evidence, outcome, pair.names)
        self.names.extend(pair.names)

    def _measure(self, evidence: Evidence) -> None:
        for metric in self.rules.metrics:
            if metric.name in MEASURES and evidence.has(*metric.needs):
                value = MEASURES[metric.name](evidence)
                weight = WEIGHTS[metric.name](evidence) if metric.name in WEIGHTS else torch.ones_like(value)
                self.values.setdefault(metric.name, []).append(value.cpu())
                self.weights.setdefault(metric.name, []).append(weight.cpu())

    def _show(self, evidence: Evidence, outcome: Outcome, names: tuple[str, ...]) -> None:
        for i, name in enumerate(names):
            number = self.first + len(self.names) + i
            if number in self.shown:
                told = panels(outcome, self.regions, i) if number in self.explained else ()
                self.samples.append(picture(evidence, outcome, i, name, told))

    def result(self, people: People, seconds: float) -> Scored:
        per_pair = {name: _join(values).numpy() for name, values in self.values.items()}
        intervals = {name: mean_interval(v, _join(self.weights[name]).numpy(), people) for name, v in per_pair.items()}
        if self.features:
            outputs, real = (_join(list(side)) for side in zip(*self.features, strict=True))
            intervals["ffd"] = frechet_interval(outputs, real, people)
            per_pair["ffd"] = parts_of_distance(outputs, real).numpy()
        return Scored(
            summary={m.name: found for m in self.rules.metrics if (found := intervals.get(m.name)) is not None},
            per_pair={name: values.tolist() for name, values in per_pair.items()},
            names=self.names,
            people=people.tolist(),
            weights={name: _join(self.weights[name]).tolist() for name in WEIGHTS.keys() & per_pair.keys()},
            samples=self.samples,
            seconds=seconds,
            images_per_second=len(self.names) / self.seconds,
        )


def _joined(tallies: list[_Tally]) -> _Tally:
    """The tally of consecutive ones."""
    whole, *others = tallies
    for other in others:
        for mine, theirs in ((whole.values, other.values), (whole.weights, other.weights)):
            for name, values in theirs.items():
                mine.setdefault(name, []).extend(values)
        whole.features += other.features
        whole.names += other.names
        whole.samples += other.samples
        whole.seconds += other.seconds
    return whole


def _pairs(data: Dataset, limit: int | None) -> list[tuple[int, int]]:
    pairs = list(data.pairs(SPLIT))[:limit]
    if not pairs:
        raise ZooError("no test pairs to score", where=type(data).__name__, fix="raise the limit or mend the test split")
    if any(source == target for source, target in pairs):
        what = "a test pair is twice the same photo: reconstruction is no transfer"
        raise ZooError(what, where=type(data).__name__, fix="pair photos of two poses, or score by unpaired-v1")
    return pairs


def _judge(kit: Kit, rules: Protocol, device: torch.device | str) -> Judge | None:
    if rules.paired and kit.judge is not None and kit.judge.vocabulary != kit.data.vocabulary:
        raise ZooError(
            f"the judge speaks {kit.judge.vocabulary}, the data {kit.data.vocabulary}",
            where="track: judge",
            fix="name a judge trained on the data's own vocabulary",
        )
    return None if kit.judge is None else _laid(kit.judge, device).eval()


def _laid(module: Net, device: torch.device | str) -> Net:
    """On the device, channels last in memory: convolutions of small batches are a third faster so."""
    module.to(device)
    module.to(memory_format=torch.channels_last)
    return module


def _load(data: Dataset, pairs: list[tuple[int, int]], sources: int) -> Pair:
    pair = data.load_several(SPLIT, data.sources_of(SPLIT, pairs, sources), torch.tensor([target for _, target in pairs]))
    return pair.but(names=pair.names or tuple(f"{s}->{t}" for s, t in pairs))


def _people(data: Dataset, pairs: list[tuple[int, int]]) -> People:
    """Whose pair each pair is."""
    owner = {image: person for person, images in enumerate(data.groups(SPLIT)) for image in images}
    return np.array([owner[source] for source, _ in pairs])


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _join(batches: list[Tensor]) -> Tensor:
    return torch.cat(batches).double()
