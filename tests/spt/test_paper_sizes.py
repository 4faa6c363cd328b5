"""Sizes paper and market against the paper's numbers and the authors' code: trained at half size, then grown (SPT sec. 4.1)."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import zoo_spt.semantic
from tests.spt.support import LONG, SHORT, SPT10, STANDING, WAVING, figure, model, recipe, together, unpaired
from tests.spt.support import context as figures_context
from zoo.errors import ZooError
from zoo.interfaces import Context, Growing
from zoo.model import Kit, Model, build, build_losses, build_model
from zoo.ops.maps import heat_maps
from zoo.ops.rigid import stature
from zoo.ops.shrink import shrunk
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.testing import make_person
from zoo.training.loop import train
from zoo.training.plan import Plan
from zoo.training.stage import Stage
from zoo.types import Outcome, Pair, Person
from zoo_base.deform import rigid_motion
from zoo_spt.losses import ParsingCrossEntropy
from zoo_spt.networks import Up
from zoo_spt.search import canonical_energy, cards_of, exact_energy
from zoo_spt.semantic import GrowingParsing

NARROW = [f"{part}.{key}" for part in ("style", "parsing", "generator") for key in ("width=4", "cap=8", "depth=3")]
SMALL_CRITICS = [f"losses.{n}.{key}" for n in ("image", "face", "parsing_adversarial") for key in ("width=4", "blocks=1")]


def narrow(size: str = "paper", *changes: str) -> Recipe:
    return recipe(size, "full", *NARROW, *SMALL_CRITICS, "losses.face.side=16", *changes)


def repeated(x: Tensor) -> Tensor:
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


class Repeated:
    """Joints drawn at half size, each pixel repeated: what averaging brings back exactly."""

    channels = 18

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        half = (size[0] // 2, size[1] // 2)
        return repeated(heat_maps((person.joints - 0.5) / 2, person.visible, half, 1.0))


class Plain:
    channels = 18

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        return heat_maps(person.joints, person.visible, size, 1.0)


# ---------------------------------------------------------------- before it grows it is the model at half size
def at_half_size(grown: Model) -> Model:
    """The same parameters in a model that has no finer level."""
    chosen = narrow("paper", "style.grow=false", "generator.grow=false", "parsing.scale=1", "merge.levels=4")
    half = build_model(chosen, Context(size=(16, 16), regions=SPT10), "spt10", catalog())
    mine = grown.state_dict()
    half.load_state_dict({name: mine[_grown(name) if _grown(name) in mine else name] for name in half.state_dict()})
    return half


def _grown(name: str) -> str:
    part, net, rest = name.split(".", 2)
    return f"{part}.{net}.coarse.{rest}"


def test_what_has_not_grown_is_the_model_at_half_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo_spt.semantic, "pose_mask", lambda person: person.joints.new_zeros(len(person), 1, *person.size))
    grown = model((32, 32), narrow()).eval()
    half = at_half_size(grown).eval()
    grown.pose, half.pose = Repeated(), Plain()  # type: ignore[assignment]
    small = unpaired((16, 16))
    large = Pair(source=enlarged(small.source), target=enlarged(small.target))
    for mode in ("truth", "predicted", "soft"):
        found = shrunk(grown(large, until="cycle", parsing=mode), 2)
        expected = half(small, until="cycle", parsing=mode)
        for way, wanted in ((found, expected), (found.back, expected.back)):
            torch.testing.assert_close(way.image, wanted.image, atol=1e-4, rtol=1e-3)
            torch.testing.assert_close(way.parsing_logits, wanted.parsing_logits, atol=1e-4, rtol=1e-3)


def enlarged(person: Person) -> Person:
    image, parsing = (None if x is None else repeated(x) for x in (person.image, person.parsing))
    return Person(size=(32, 32), joints=2 * person.joints + 0.5, visible=person.visible, image=image, parsing=parsing)


def test_a_perfect_parsing_at_half_size_pays_nothing_and_its_edges_are_hard() -> None:
    person = figure().but(pose=None)
    half = F.interpolate(person.parsing, (32, 32), mode="nearest-exact")
    enlarge, loss = GrowingParsing(), ParsingCrossEntropy(Context(size=(64, 64), regions=SPT10))
    outcome = Outcome(pair=Pair(source=person, target=person), source=person, target=person)

    def judged(logits: Tensor, reduce: int) -> tuple[float, Tensor]:
        seen = shrunk(outcome.but(parsing_logits=logits), reduce)
        return float(loss(seen)), seen.parsing_logits.softmax(1)

    surprise, parsing = judged(enlarge(1e3 * half, (64, 64)), 2)
    assert surprise == 0 and torch.equal(parsing, half)
    enlarge.fade.fill_(0.5)
    surprise, parsing = judged(enlarge(1e3 * half, (64, 64)), 1)
    assert surprise > 0.01 and not torch.equal(parsing, parsing.round()), "as interpolated for the appearance that grows"
    torch.testing.assert_close(parsing, F.interpolate(half, (64, 64), mode="bilinear", align_corners=False), atol=1e-4, rtol=0)


# ---------------------------------------------------------------- the four phases
TRACK = Track.model_validate(
    {
        "name": "t", "size": (32, 32), "protocol": "figures-v1", "features": "figures.features", "detector": "figures.detector",
        "dataset": {"use": "figures.people", "train_people": 40, "views": 2, "test_people": 2, "val_people": 2, "val_pairs": 2,
                    "test_pairs": 2},
        "budget": {"steps": 15, "batch": 2},
    }
)  # fmt: skip


def test_all_is_taught_at_half_size_then_the_appearance_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = narrow("paper", "phases.semantic.pairing.similar=0.05", "phases.joint.pairing.similar=0.05")
    kit = build(chosen, TRACK, catalog())
    losses = build_losses(chosen, kit, catalog())
    told: list[tuple[str, dict[str, set[int]], bool, bool]] = []
    seen: dict[str, set[int]] = {}

    def note(name: str) -> Any:
        return lambda module, inputs: seen.setdefault(name, set()).add(inputs[0].shape[2])

    for name in ("parsing_adversarial", "image"):
        losses[name].discriminator.register_forward_pre_hook(note(name))
    losses["content"].net.register_forward_pre_hook(note("features"))
    kit.model.style.encoder.enter.register_forward_pre_hook(note("fine"))
    kit.model.generator.decoder.up.register_forward_pre_hook(note("fine"))
    kit.model.style.encoder.coarse.enter.register_forward_pre_hook(note("coarse"))
    kit.model.parsing.source_encoder.enter.register_forward_pre_hook(note("H_S"))
    first = {name: p.detach().clone() for name, p in kit.model.named_parameters()}
    step = Stage.step

    def stepping(stage: Stage, *arguments: Any) -> Any:
        seen.clear()
        terms = step(stage, *arguments)
        still = all(torch.equal(p, first[name]) for name, p in kit.model.named_parameters() if is_fine(name))
        growing = {m.growing for m in kit.model.modules() if isinstance(m, Growing)}
        told.append((stage.span.phase.name, {k: set(v) for k, v in seen.items()}, still, growing == {True}))
        return terms

    monkeypatch.setattr(Stage, "step", stepping)
    train(chosen, kit, losses, Plan(tmp_path, steps=15, batch=2), catalog())
    for name, sizes, still, growing in told:
        assert sizes["H_S"] == {16}
        if name == "growth":
            assert growing and sizes["image"] == sizes["features"] == {32} and sizes["coarse"] == {16} and sizes["fine"]
            continue
        assert still and not growing and "fine" not in sizes, "nothing of the finer level is computed before it grows"
        assert sizes.keys() >= ({"parsing_adversarial"} if name == "semantic" else {"image", "features", "coarse"})
        assert all(where == {16} for where in sizes.values())
    assert [name for name, *_ in told].count("growth") == 3 and not told[-1][2]
    assert {float(m.fade) for m in kit.model.modules() if isinstance(m, Growing)} == {1.0}


def is_fine(name: str) -> bool:
    return name.split(".")[0] in ("style", "generator") and ".coarse." not in name


def test_a_size_that_does_not_halve_is_refused_before_anything_is_built() -> None:
    odd = TRACK.model_copy(update={"size": (33, 32)})
    with pytest.raises(ZooError, match="phase 'semantic' judges images 2 times smaller") as refusal:
        build(narrow(), odd, catalog())
    assert "--set phases.semantic.reduce=1" in refusal.value.fix


# ---------------------------------------------------------------- the authors' details
def test_the_heads_mask_lies_round_the_targets_own_face() -> None:
    target = figure(WAVING)
    source = figure(missing=(14, 16))  # seen from the side
    own, shared = (rigid_motion(source, target, face=face).parts.quads[0, 1] for face in ("own", "shared"))
    face = target.joints[0, [0, 14, 15, 16, 17]].mean(0)
    half = 0.4 * stature(target.joints, target.visible, target.size)
    torch.testing.assert_close(own.amin(0), face - half)
    torch.testing.assert_close(own.amax(0), face + half)
    torch.testing.assert_close(shared.mean(0), target.joints[0, [0, 15, 17]].mean(0))
    assert all(recipe(size).merge.options["face"] == "own" for size in ("paper", "market"))
    assert "face" not in recipe("small").merge.options


def test_dropout_drops_whole_maps() -> None:
    torch.manual_seed(0)
    up, x = Up(4, 64, "none", 0.5, "maps"), torch.rand(3, 4, 8, 8) + 0.1
    empty = (up(x) == 0).flatten(2).float().mean(2)
    assert set(empty.unique().tolist()) <= {0.0, 1.0} and 0.3 < float(empty.mean()) < 0.7
    for size in ("paper", "market"):
        built = model((32, 32), narrow(size))
        for part in (built.parsing, built.generator):
            active = [m for m in part.modules() if isinstance(m, nn.Dropout | nn.Dropout2d) and m.p]
            assert [type(m) for m in active] == [nn.Dropout2d] * 3, "on the first three ways up"


def test_the_energy_is_printed_without_an_area() -> None:
    people = [figure(a, c, zoom=z) for a in (STANDING, WAVING) for c in (LONG, SHORT) for z in (1.0, 0.7)]
    cards = cards_of(together(people), SPT10)
    area = cards.area.sum(1)
    raw, by_area = (canonical_energy(cards[:2], cards, by_area=flag) for flag in (False, True))
    torch.testing.assert_close(raw, by_area * area)
    one, other = cards[torch.tensor([0, 1])], cards[torch.tensor([5, 6])]
    torch.testing.assert_close(exact_energy(one, other, by_area=False), exact_energy(one, other) * other.area.sum(1))
    for size in ("paper", "market"):
        pairings = [p.pairing for p in recipe(size).phases if p.pairing.use == "spt.pseudo"]
        assert [p.options for p in pairings] == [{"by_area": False, "similar": 0.25}] * 2


def test_deepfashions_weights_are_the_printed_ones() -> None:
    chosen = recipe("paper")
    weights = {name: term.weight for name, term in chosen.losses.items()}
    assert {"pose": 700.0, "content": 0.03, "style": 1.0, "image": 1.0, "face": 1.0}.items() <= weights.items()
    assert [(p.name, p.reduce, p.grow) for p in chosen.phases] == [
        ("semantic", 2, False), ("appearance", 2, False), ("joint", 2, False), ("growth", 1, True)
    ]  # fmt: skip
    assert all((p.lr, p.critic_lr, p.betas, p.schedule) == (2e-4, 2e-4, (0.5, 0.999), "constant") for p in chosen.phases)
    assert chosen.ema == 0


def test_market_is_trained_directly_with_its_own_weights_and_no_face_loss() -> None:
    chosen = recipe("market")
    weights = {name: term.weight for name, term in chosen.losses.items()}
    assert {"pose": 1.0, "content": 0.003, "style": 1.0, "face": 0.0}.items() <= weights.items()
    assert [p.name for p in chosen.phases] == ["semantic", "appearance", "joint"] and {p.reduce for p in chosen.phases} == {1}
    with torch.device("meta"):
        built = build_model(chosen, Context(size=(128, 64), regions=SPT10), "spt10", catalog()).eval()
        person = make_person((128, 64), 1, regions=10).to("meta")
        style = built.style(person.but(pose=torch.rand(1, 18, 128, 64)))
    assert [tuple(p.shape[1:]) for p in style.pyramid] == [
        (64, 128, 64), (128, 64, 32), (256, 32, 16), (512, 16, 8), (512, 8, 4), (512, 4, 2)
    ]  # fmt: skip
    assert built.merge.levels == 4 and not any(isinstance(m, Growing) for m in built.modules())
    only = chosen.model_copy(update={"losses": {n: chosen.losses[n] for n in ("style", "face")}})
    losses = build_losses(only, Kit(built, None, figures_context((128, 64)), None), catalog())  # type: ignore[arg-type]
    assert "face" not in losses and losses["style"].labels == list(range(1, 10)), "with the face, which has no critic here"
