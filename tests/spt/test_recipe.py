"""SPT as a whole: every variant builds and learns, in both sizes, with H != W, with other parts, from unpaired data alone."""

from pathlib import Path
from typing import ClassVar

import pytest
import torch

from tests.spt.support import RECIPE, SPT10, context, figure, model, recipe, unpaired
from tests.support import make_person, unworn
from zoo.documents.names import FULL
from zoo.errors import ZooError
from zoo.interfaces import Context, Growing
from zoo.model import Kit, build, build_losses, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import variants_of
from zoo.recipes.track import load_track
from zoo.training.loop import train
from zoo.training.plan import Plan
from zoo.types import Pair, Person
from zoo_spt.networks import GrowingUpPath

FP16_BYTES = 8e6
TRACK = load_track(catalog().tracks["figures-64"])


def test_the_variants_are_the_papers() -> None:
    assert variants_of(RECIPE) == [
        FULL, "as-paper", "sheets", "e2e", "baseline", "ts-pred", "ts-gt", "mask-style", "patch-style", "wo-face"
    ]  # fmt: skip
    assert recipe(variant="e2e").digest() == recipe().digest()
    phases = {v: [p.name for p in recipe(variant=v).phases] for v in variants_of(RECIPE)}
    assert phases[FULL] == ["semantic", "appearance", "joint"] and phases["baseline"] == ["appearance"]
    assert all(phases[v] == ["semantic", "appearance"] for v in ("ts-pred", "ts-gt", "mask-style", "patch-style", "wo-face"))
    assert [recipe(variant=v).oracle for v in (FULL, "ts-pred", "ts-gt", "wo-face")] == [False, False, True, True]
    joint = recipe().phases[2]
    assert (joint.parsing, joint.until, set(joint.train)) == ("soft", "cycle", {"style", "parsing", "merge", "generator"})
    assert [p.name for p in recipe("paper").phases] == ["semantic", "appearance", "joint", "growth"]
    assert recipe("paper", "baseline").phases[-1].grow


@pytest.mark.parametrize("scale", ["small", "paper"])
@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_fits_the_track(scale: str, variant: str) -> None:
    check_mix(recipe(scale, variant), TRACK, catalog())


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_trains_all_its_parts_by_all_its_losses(variant: str) -> None:
    chosen = recipe("small", variant)
    built = model(chosen=chosen).train()
    losses = build_losses(chosen, Kit(built, None, context(), None), catalog())  # type: ignore[arg-type]
    last = chosen.phases[-1]
    outcome = built(unpaired(), until="cycle", parsing="soft")
    assert outcome.image.shape == outcome.back.image.shape == (2, 3, 32, 16)
    terms = {name: losses[name](outcome) for name in last.losses if name in losses}
    assert all(t.isfinite() for t in terms.values()) and ("face" in terms) == (variant != "wo-face")
    torch.stack(list(terms.values())).sum().backward()
    idle = [n for n, p in built.named_parameters() if p.grad is None or not p.grad.isfinite().all() or not p.grad.any()]
    assert not idle
    for name in terms:
        critic = losses[name].critic(outcome.map(torch.Tensor.detach))
        assert critic is None or critic.isfinite()


def test_small_fits_its_file() -> None:
    assert 2 * sum(model((64, 64)).parameter_count().values()) <= FP16_BYTES


def test_small_starts_from_the_photo_rigidly_moved() -> None:
    built = model((64, 64)).eval()
    person = figure()
    noise, wall = make_person((64, 64), 1).image * 0.6, torch.tensor([0.3, -0.2, 0.5])[:, None, None]
    person = person.but(image=torch.where(person.parsing[:, :1] > 0, wall, noise))
    still = built(Pair(source=person, target=person)).image
    assert (still - person.image).abs().mean() < 0.1
    moved = person.but(joints=person.joints + torch.tensor([8.0, 0.0]))
    shifted = built(Pair(source=person, target=moved)).image
    assert (shifted[..., 16:] - person.image[..., 8:-8]).abs().mean() < 0.1


@pytest.mark.parametrize("merge", ["base.concat", "base.adain", "base.deform"])
def test_other_merging_operators_take_the_place_of_the_skips(merge: str) -> None:
    chosen = recipe("small", FULL, f"merge={merge}")
    check_mix(chosen, TRACK, catalog())
    built = model(chosen=chosen).train()
    built(unpaired(), until="cycle").back.image.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in built.merge.parameters())


def test_paper_has_the_papers_shapes_and_grows_from_half_size() -> None:
    with torch.device("meta"):
        built = build_model(recipe("paper"), Context(size=(256, 256), regions=SPT10), "spt10", catalog()).eval()
        person = make_person((256, 256), 1, regions=10).to("meta")
        style = built.style(person.but(pose=torch.rand(1, 18, 256, 256)))
        logits = built.parsing(*(person.but(pose=torch.rand(1, 18, 256, 256)) for _ in range(2)))
        assert [tuple(p.shape[1:]) for p in style.pyramid] == [
            (32, 256, 256), (64, 128, 128), (128, 64, 64), (256, 32, 32), (512, 16, 16), (512, 8, 8), (512, 4, 4)
        ]  # fmt: skip
        assert logits.shape == (1, 10, 256, 256) and built.parsing.decoder.ups[0][1].in_channels == 2 * 512
    assert built.merge.levels == 5, "the new level and levels 0 to 3"
    ups = [(up[1].in_channels, up[1].out_channels) for up in built.generator.decoder.coarse.ups]
    assert [out for _, out in ups] == [512, 512, 512, 256, 128]


def grown(fade: float) -> tuple[torch.Tensor, set[str]]:
    """The image of a tiny growing model, and which parameters of its decoder had a say in it."""
    changes = [f"{part}.{option}" for part in ("style", "generator") for option in ("grow=true", "depth=3")]
    built = model(chosen=recipe("small", FULL, "merge.levels=5", *changes)).eval()
    for module in built.modules():
        if isinstance(module, Growing):
            module.fade.fill_(fade)
    image = built(unpaired()).image
    image.square().mean().backward()
    return image.detach(), {
        n for n, p in unworn(built.generator).decoder.named_parameters() if p.grad is not None and p.grad.any()
    }


def test_growth_fades_from_the_image_at_half_size_to_the_one_at_full_size() -> None:
    (coarse, by_coarse), (half, by_both), (fine, by_fine) = (grown(fade) for fade in (0.0, 0.5, 1.0))
    assert all(name.startswith("coarse.") for name in by_coarse)
    assert not any(name.startswith("coarse.head") for name in by_fine) and by_both == by_coarse | by_fine
    assert not torch.allclose(coarse, fine) and half.isfinite().all()


def test_a_decoder_paints_at_half_size_then_on_what_is_enlarged_then_at_full_size() -> None:
    """Growth begins where the authors' does: with the last convolution on features enlarged by nearest neighbour."""
    torch.manual_seed(0)
    decoder = GrowingUpPath([2, 4, 8], [4, 8], 3, "sample", 0.0).eval()
    levels = [torch.randn(1, c, 16 // s, 16 // s) for c, s in ((2, 1), (4, 2), (8, 4))]
    features = decoder.coarse.features(levels[1:])

    def repeated(x: torch.Tensor) -> torch.Tensor:
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    torch.testing.assert_close(decoder(levels), repeated(decoder.coarse.head(features)))
    decoder.fade.fill_(1e-6)
    torch.testing.assert_close(decoder(levels), decoder.coarse.head(repeated(features)), atol=1e-4, rtol=1e-4)
    decoder.fade.fill_(1.0)
    torch.testing.assert_close(decoder(levels), decoder.head(torch.cat([decoder.up(features), levels[0]], 1)))


class Untold(Person):
    """A person whose image must not be looked at, unless it is one that a model painted."""

    secrets: ClassVar[list[torch.Tensor]] = []

    def __getattribute__(self, name: str):  # type: ignore[no-untyped-def]
        value = object.__getattribute__(self, name)
        if name == "image" and any(value is secret for secret in Untold.secrets):
            raise AssertionError("a target's image was read")
        return value


class Guarded:
    """A data set whose targets' images raise on access, and that notes who was loaded as whose target."""

    def __init__(self, data) -> None:  # type: ignore[no-untyped-def]
        self.data, self.met = data, []

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return getattr(self.data, name)

    def load(self, split: str, sources: torch.Tensor, targets: torch.Tensor) -> Pair:
        pair = self.data.load(split, sources, targets)
        if not torch.equal(sources, targets):
            self.met += list(zip((sources // self.data.views).tolist(), (targets // self.data.views).tolist(), strict=True))
        Untold.secrets.append(pair.target.image)
        untold = object.__new__(Untold)  # around __init__, which checks the image's shape
        for name in Person.__dataclass_fields__:
            object.__setattr__(untold, name, getattr(pair.target, name))
        return pair.but(target=untold)


def test_no_paired_truth_reaches_training(tmp_path: Path) -> None:
    people = {"use": "figures.people", "train_people": 30, "views": 2, "test_people": 2, "val_people": 2, "val_pairs": 2,
              "test_pairs": 2}  # fmt: skip
    track = type(TRACK).model_validate({**TRACK.model_dump(), "dataset": people, "size": (32, 32)})
    chosen = recipe()
    kit = build(chosen, track, catalog())
    guarded = Guarded(kit.data)
    with pytest.raises(AssertionError, match="image was read"):
        _ = guarded.load("train", torch.tensor([0]), torch.tensor([1])).target.image
    guarded.met.clear()
    kit = Kit(kit.model, guarded, kit.context, None)  # type: ignore[arg-type]
    trained = train(chosen, kit, build_losses(chosen, kit, catalog()), Plan(tmp_path, steps=5, batch=2), catalog())
    assert trained.steps == 5 and all(w.isfinite().all() for w in trained.weights.values())
    assert len(guarded.met) >= 10 and all(source != target for source, target in guarded.met), "no person meets themselves"


def test_losses_without_their_phase_say_what_is_missing() -> None:
    chosen = recipe()
    losses = build_losses(chosen, Kit(model(), None, context(), None), catalog())  # type: ignore[arg-type]
    there = model()(unpaired())
    with pytest.raises(ZooError, match=r"PHASE\.until=cycle"):
        losses["content"](there)
    for name in ("image", "pose", "style", "face"):
        assert losses[name](there).isfinite(), "one way alone is enough"
    with pytest.raises(ZooError, match=r"spt\.pseudo"):
        losses["cross_entropy"](model()(unpaired().but(target=unpaired().target.but(parsing=None))))
    with pytest.raises(ZooError, match="stops before it"):
        losses["pose"](model()(unpaired(), until="parsing"))
