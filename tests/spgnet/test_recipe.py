"""SPGNet as a whole: every variant trains every part of it, at every size, and mixes with other papers' parts."""

from pathlib import Path

import pytest
import torch
from torch import nn

import zoo_spgnet
from tests.support import bare, make_pair, make_person, unworn
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import Kit, Model, build, build_losses, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import construct
from zoo.recipes.recipe import Phase, Recipe
from zoo.recipes.request import Request
from zoo.recipes.track import Track
from zoo.recipes.trained import as_trained
from zoo.regions import vocabulary
from zoo.running.training import train_recipe
from zoo.store.registry import find_weights
from zoo.training.stage import frozen_modules
from zoo.types import Pair
from zoo_spgnet.flow import VISIBLE

RECIPE = Path(zoo_spgnet.__file__).parent / "recipes" / "spgnet.toml"
SIZE = (32, 16)
FP16_BYTES = 8e6


def recipe(*changes: str, scale: str = "small", variant: str = "full") -> Recipe:
    return load_recipe(RECIPE, size=scale, variant=variant, changes=changes)


def track(size: tuple[int, int]) -> Track:
    content = {"name": "t", "dataset": "figures.people", "size": size, "protocol": "figures-v1", "features": "figures.features"}
    return Track.model_validate({**content, "budget": {"steps": 2, "batch": 2}})


def kit(chosen: Recipe, size: tuple[int, int] = SIZE) -> Kit:
    return build(chosen, track(size), catalog())


def weightless(scale: str, size: tuple[int, int]) -> Model:
    """The model's shapes, without memory for its parameters."""
    chosen = recipe(scale=scale)
    with torch.device("meta"):
        return build_model(chosen, Context(size=size, regions=vocabulary(chosen.regions)), "cihp20", catalog()).eval()


def pair_of(size: tuple[int, int] = SIZE, batch: int = 2, sources: int = 1) -> Pair:
    pair = make_pair(size, batch, regions=20)
    flow, visibility = torch.randn(batch, 2, *size), (torch.rand(batch, 1, *size) < 0.7).float()
    others = tuple(make_person(size, batch, 20, seed=10 + i) for i in range(sources - 1))
    return pair.but(flow=flow, visibility=visibility, others=others)


def freeze_for(phase: Phase, model: Model) -> None:
    for module in frozen_modules(model, phase):
        module.requires_grad_(False)


def gradients(model: Model) -> dict[str, bool]:
    """Whether any loss so far has reached each part."""
    return {
        name: any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
        for name, part in model.named_children()
    }


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_trains_every_parameter_in_one_of_its_phases(variant: str) -> None:
    torch.manual_seed(0)
    chosen = recipe(variant=variant)
    built = kit(chosen)
    losses = build_losses(chosen, built, catalog())
    model = built.model.train()
    for phase in chosen.phases:
        outcome = model(pair_of(sources=chosen.sources), until=phase.until, parsing=phase.parsing, learns=True)
        total = sum(losses[name](outcome) * chosen.losses[name].weight for name in phase.losses if name in losses)
        total.backward()
        if phase.until == "image":
            assert outcome.image.shape == (2, 3, *SIZE)
    idle = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()}
    if variant == "flow-sampling":  # judges the finest flow alone
        idle = {n for n in idle if not bare(n).startswith("merge.flow.flow.")}
    if variant == "part-flows":  # moves the finest level of the style alone
        idle = {n for n in idle if not n.startswith("style.encoder.")}
    if variant == "spatn-given":  # by weights that training starts from
        assert idle == {n for n, _ in model.named_parameters() if n.startswith("parsing.")}
        return
    assert not idle


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_small_fits_its_file(variant: str) -> None:
    chosen = recipe(variant=variant)
    context = Context(size=(64, 64), regions=vocabulary(chosen.regions))
    counts = build_model(chosen, context, "cihp20", catalog()).parameter_count()
    assert 2 * sum(counts.values()) <= FP16_BYTES


@pytest.mark.parametrize(("scale", "size", "scales"), [("paper", (256, 256), 7), ("market", (128, 64), 5)])
def test_paper_sizes_have_the_paper_s_widths_and_depths(scale: str, size: tuple[int, int], scales: int) -> None:
    model = weightless(scale, size)
    style = model.style(make_person(size, 1, 20).to("meta"))
    widths = [32, 64, 96, 128, 128, 128, 128, 128][: scales + 1]
    assert [p.shape[1] for p in style.pyramid] == [*(2 * w for w in widths[:-1]), 128]
    assert style.pyramid[-1].shape[2:] == (size[0] >> scales, size[1] >> scales)
    assert style.codes.shape == (1, 20, 128)
    assert len(model.merge.deform) == (5 if scale == "paper" else 4)
    assert len(model.merge.flow.encoder.downs) == (5 if scale == "paper" else 4)
    assert model.generator.net.enter[0].in_channels == 18


def test_the_authors_generator_has_as_many_parameters() -> None:
    model = weightless("paper", (256, 256))
    counts = model.parameter_count()
    flow = sum(p.numel() for p in model.merge.flow.parameters())
    assert round((counts["style"] + counts["merge"] - flow + counts["generator"]) / 1e6, 1) == 87.8


def test_market_s_parsing_is_read_off_the_image() -> None:
    assert recipe(scale="market").parsing.use == "spgnet.spatn_image" and recipe(scale="paper").parsing.use == "spgnet.spatn"


def test_the_patch_discriminator_is_the_paper_s() -> None:
    term = recipe(scale="paper").losses["adversarial"]
    with torch.device("meta"):
        context = Context(size=(256, 256), regions=vocabulary("cihp20"), pose_channels=30)
        net = construct(catalog(), "loss", term, context).discriminator
        assert net(torch.zeros(1, 24, 256, 256)).shape == (1, 1, 30, 30)
    assert [m.out_channels for m in net.modules() if isinstance(m, nn.Conv2d)] == [64, 128, 256, 512, 1]


# ---------------------------------------------------------------- property 9
@pytest.mark.parametrize(("mode", "reached"), [("truth", False), ("predicted", False), ("soft", True)])
def test_property_9_gradients_of_the_two_stages_are_separate(mode: str, reached: bool) -> None:
    torch.manual_seed(0)
    chosen = recipe('phases.main.freeze=["merge.flow"]')  # as at the paper's size
    built = kit(chosen)
    losses = build_losses(chosen, built, catalog())
    freeze_for(chosen.phases[1], built.model)
    outcome = built.model(pair_of(), parsing=mode)
    losses["rec"](outcome).backward(retain_graph=True)
    assert gradients(built.model) == {"style": True, "parsing": reached, "merge": True, "generator": True}
    assert all(p.grad is None for p in unworn(built.model.merge).flow.parameters()), "the image leaves the flow net alone"
    built.model.zero_grad()
    losses["parsing"](outcome).backward(retain_graph=True)
    assert gradients(built.model) == {"style": False, "parsing": True, "merge": False, "generator": False}
    built.model.zero_grad()
    built.model.requires_grad_(True)
    losses["motion"](built.model(pair_of(), until="merge")).backward()
    moved = [n for n, p in built.model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert moved and all(bare(n).startswith("merge.flow.") for n in moved)


@pytest.mark.parametrize("parts", [(), ("generator=spgnet.dual_unet_parsing",), ("style=base.pixels", "merge=spgnet.patn")])
def test_the_target_s_truth_reaches_no_part_at_test(parts: tuple[str, ...]) -> None:
    model = kit(recipe(*parts)).model.eval()
    pair, other = pair_of(), make_pair(SIZE, 2, 20, seed=7).target
    lied = pair.but(target=pair.target.but(image=other.image, parsing=other.parsing), flow=pair.flow + 1)
    with torch.inference_mode():
        assert torch.equal(model(pair).image, model(lied).image)


def test_another_paper_s_recipe_trains_the_flow_by_the_image() -> None:
    scmnet = load_recipe(catalog().recipes["scmnet"], size="small", changes=("merge=spgnet.warp", "merge.flow_width=4"))
    built = kit(scmnet)
    freeze_for(scmnet.phases[0], built.model)
    fields = built.model(pair_of()).merged.fields
    assert (fields.logits.argmax(1) == VISIBLE).all() and not fields.flow[0].any(), "at first all stays, and is visible"
    built.model(pair_of()).image.sum().backward()
    assert built.model.merge.flow.flow[0][1].bias.grad.abs().sum() > 0


def test_the_oracle_needs_no_weights_of_its_own() -> None:
    full, oracle = recipe(), recipe(variant="oracle")
    assert oracle.oracle and oracle.digest() != full.digest()
    trained = as_trained(oracle, catalog()).digest()
    assert trained == as_trained(full, catalog()).digest() == full.digest()
    assert find_weights(trained, "figures-64") is not None, "it finds the shipped ones"
    blind = recipe("oracle=true", "parsing=none", variant="baseline")
    assert as_trained(blind, catalog()) == blind, "without a parsing transform it is trained on the truth as well"


@pytest.mark.parametrize(
    "changes",
    [("generator.condition=cc", "generator.noise=true"), ("generator.condition=spade", "generator.shared_styles=true")],
)
def test_an_option_that_nothing_reads_is_refused(changes: tuple[str, ...]) -> None:
    with pytest.raises(ZooError, match="means nothing to condition"):
        kit(recipe(*changes))


def test_the_schemes() -> None:
    schemes = ("full", "s1-then-s2", "s1-then-joint")
    full, staged, joint = (recipe(variant=v).phases[1] for v in schemes)
    assert (full.parsing, staged.parsing, joint.parsing) == ("truth", "predicted", "soft")
    assert "parsing" in full.train and "parsing" not in staged.train and "parsing" in joint.train
    assert all(recipe(scale="paper", variant=v).phases[1].freeze == ["merge.flow"] for v in schemes)
    assert all(not phase.freeze and "motion" in phase.losses for phase in (full, staged, joint))


# ---------------------------------------------------------------- mixes
MIXES = (
    ("style=scmnet.decomposed", "style.channels=40", "style.width=4", "style.stride=2"),
    ("merge=base.concat",), ("merge=base.adain",), ("merge=scmnet.correlation", "merge.width=4"),
    ("generator=base.unet", "generator.width=8"), ("style=base.encoder", "style.width=4"), ("parsing=spgnet.spatn_image",),
)  # fmt: skip


@pytest.mark.parametrize("changes", MIXES, ids=lambda changes: changes[0])
def test_parts_mix_with_other_papers(changes: tuple[str, ...]) -> None:
    chosen = recipe(*changes)
    built = kit(chosen)
    losses = build_losses(chosen, built, catalog())
    for phase in chosen.phases:
        outcome = built.model(pair_of(), until=phase.until, parsing=phase.parsing)
        terms = [losses[name](outcome) * chosen.losses[name].weight for name in phase.losses if name in losses]
        total = sum(terms)
        assert total.isfinite() and total.requires_grad
        total.backward()
    assert outcome.image.shape == (2, 3, *SIZE)


def test_scmnet_takes_spgnet_s_parts() -> None:
    scmnet = catalog().recipes["scmnet"]
    warped = load_recipe(scmnet, size="small", changes=("merge=spgnet.warp", "merge.flow_width=4"))
    outcome = kit(warped).model(pair_of())
    assert outcome.image.shape == (2, 3, *SIZE)
    parts = ("merge=spgnet.warp", "generator=spgnet.dual_path")
    with pytest.raises(ZooError, match=r"generator spgnet.dual_path needs target.parsing") as refusal:
        check_mix(load_recipe(scmnet, size="small", changes=parts), track(SIZE), catalog())
    assert "--set parsing=spgnet.spatn" in refusal.value.fix and "--set oracle=true" in refusal.value.fix
    mended = load_recipe(scmnet, size="small", changes=(*parts, "oracle=true", "generator.width=8", "generator.hidden=8"))
    assert kit(mended).model(pair_of()).image.shape == (2, 3, *SIZE)


def test_a_level_that_is_not_so_many_maps_is_refused_with_the_mend() -> None:
    with pytest.raises(ZooError, match="3 channels are not 2 maps") as refusal:
        kit(recipe("style=base.pixels"))
    assert refusal.value.fix == "--set merge.maps=1"
    assert kit(recipe("style=base.pixels", "merge.maps=1")).model(pair_of()).image is not None


def test_editing_a_region_changes_its_code_alone() -> None:
    torch.manual_seed(0)
    model = kit(recipe()).model.eval()
    person, other = (make_person(SIZE, 1, 20, seed).but(pose=torch.rand(1, 30, *SIZE)) for seed in (0, 1))
    shared = [k for k in range(20) if person.parsing[0, k].any() and other.parsing[0, k].any()]
    style, reference = model.style(person), model.style(other)
    edited = model.style.edit(style, reference, shared[:1])
    assert torch.equal(edited.codes[:, shared[0]], reference.codes[:, shared[0]])
    rest = [k for k in range(20) if k != shared[0]]
    assert torch.equal(edited.codes[:, rest], style.codes[:, rest])
    images = [model.generator(model.merge(s, person, person), person) for s in (style, edited)]
    assert not torch.allclose(*images)


def test_a_position_far_from_the_edited_region_is_painted_as_before() -> None:
    torch.manual_seed(0)
    size = (128, 32)
    model = kit(recipe("generator.scales=1", "generator.kernel=3"), size).model.eval()  # what a pixel sees: about 30 px a side
    parsing = torch.zeros(1, 20, *size)
    parsing[:, 5, :32], parsing[:, 9, 32:] = 1, 1
    person = make_person(size, 1, 20).but(parsing=parsing, pose=torch.rand(1, 30, *size))
    style = model.style(person)
    codes = style.codes.clone()
    codes[:, 5] += 1
    images = [model.generator(model.merge(s, person, person), person) for s in (style, style.but(codes=codes))]
    assert not torch.allclose(images[0][..., :32, :], images[1][..., :32, :])
    torch.testing.assert_close(images[0][..., 96:, :], images[1][..., 96:, :])


def test_where_nobody_knows_the_true_flow_the_refusal_names_the_loss_that_does_without() -> None:
    folder = {"use": "datasets.folder", "root": ".", "parsing": "p", "vocabulary": "cihp20", "joints": "j.csv"}
    content = {"name": "t", "dataset": folder, "size": SIZE, "protocol": "photos-v1", "features": "figures.features"}
    photos = Track.model_validate({**content, "budget": {"steps": 2, "batch": 2}})
    with pytest.raises(ZooError, match=r"loss spgnet\.motion needs true\.flow") as refusal:
        check_mix(recipe(), photos, catalog())
    assert refusal.value.fix.startswith("--set losses.motion=spgnet.pseudo_motion")  # before those that teach no visibility
    check_mix(recipe("losses.motion=spgnet.pseudo_motion"), photos, catalog())


def test_a_part_that_no_phase_trains_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    request = Request(
        "scmnet", track="figures-64", changes=["parsing=spgnet.spatn"], steps=1, device="cpu", out=tmp_path / "run"
    )
    with pytest.raises(ZooError, match=r"no phase trains parsing spgnet\.spatn") as refusal:
        train_recipe(request, catalog())
    assert refusal.value.exit_code == 2 and not (tmp_path / "run").exists()


def test_flows_keep_full_precision_under_autocast() -> None:
    model = kit(recipe()).model
    with torch.autocast("cpu", torch.bfloat16):
        fields = model(pair_of()).merged.fields
    assert {t.dtype for t in (*fields.estimates, *fields.flow, fields.logits)} == {torch.float32}


@pytest.mark.parametrize("variant", ["flow-none", "patn-s", "sean"])
@pytest.mark.parametrize("size", ["small", "paper"])
def test_a_variant_without_a_flow_net_freezes_none(variant: str, size: str) -> None:
    frozen = [module for phase in load_recipe(RECIPE, size=size, variant=variant).phases for module in phase.freeze]
    assert frozen == []
