"""partflow as a whole: every variant builds and learns, in both sizes, with H != W, and with other papers' parts."""

from pathlib import Path

import pytest
import torch

import zoo_partflow
from tests.support import make_pair
from zoo.editing.transfer import edit
from zoo.interfaces import Context
from zoo.model import Model, build, build_losses, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.request import Request, resolve
from zoo.regions import vocabulary
from zoo.training.optimisation import spans
from zoo.training.plan import Plan, start_accelerator
from zoo.training.stage import Stage

RECIPE = Path(zoo_partflow.__file__).parent / "recipes" / "partflow.toml"
FP16_BYTES = 8e6
FEW = {"train_people": 2, "val_people": 2, "test_people": 2, "val_pairs": 2, "test_pairs": 2}


def model(size: tuple[int, int], scale: str, variant: str = "full") -> Model:
    recipe = load_recipe(RECIPE, size=scale, variant=variant)
    return build_model(recipe, Context(size=size, regions=vocabulary(recipe.regions)), "cihp20", catalog())


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_trains_all_its_parts(variant):
    built = model((64, 32), "small", variant).train()
    outcome = built(make_pair((64, 32), regions=20))
    assert outcome.image.shape == (2, 3, 64, 32)
    fields = outcome.merged.fields
    (outcome.image.square().mean() + sum(f.square().mean() for f in (*fields.flow, *fields.visibility))).backward()
    idle = [n for n, p in built.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not idle


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_fits_its_file(variant):
    with torch.device("meta"):
        built = model((64, 64), "small", variant)
    assert 2 * sum(built.parameter_count().values()) <= FP16_BYTES


def test_multi_scale_has_flows_of_two_sizes_each_in_its_own_pixels():
    built = model((64, 32), "small", "multi-scale").eval()
    fields = built(make_pair((64, 32), regions=20)).merged.fields
    assert [tuple(f.shape) for f in fields.flow] == [(2, 3, 2, 32, 16), (2, 3, 2, 16, 8)]
    assert [tuple(v.shape) for v in fields.visibility] == [(2, 3, 1, 32, 16), (2, 3, 1, 16, 8)]
    assert len(fields.relation) == 4


def test_paper_has_the_paper_s_widths():
    built = model((64, 64), "paper").eval()
    with torch.no_grad():
        outcome = built(make_pair((64, 64), batch=1, regions=20))
    fields = outcome.merged.fields
    assert outcome.style.pyramid[0].shape == (1, 3 * 128, 16, 16) and outcome.merged.pyramid[0].shape == (1, 256, 16, 16)
    assert fields.flow[0].shape == (1, 3, 2, 16, 16) and fields.visibility[0].shape == (1, 3, 1, 16, 16)
    assert [tuple(r.shape) for r in fields.relation] == [(1, 16, 16), (1, 36, 36)]
    net = built.merge.flow_nets[1]
    assert net.down[0][2].weight.shape == (32, 18, 4, 4) and net.flow[0].weight.shape == (2, 64, 3, 3)
    assert [up.shortcut.weight.shape[:2] for up in built.generator.up] == [(256, 128), (128, 64)]


@pytest.mark.parametrize(
    "merge", ["partflow.part_flow", "base.concat", "base.adain", "base.patn", "base.xattn", "scmnet.correlation"]
)
def test_the_recipe_trains_with_other_operators(merge):
    changes = [f"merge={merge}"] if merge != "partflow.part_flow" else []
    recipe, track = resolve(Request("partflow", changes=changes), catalog())
    assert [phase.name for phase in recipe.phases] == (["main"] if changes else ["flow", "main"])
    track = track.model_copy(update={"dataset": track.dataset.model_copy(update={"options": FEW})})
    kit = build(recipe, track, catalog())
    losses, accelerator = build_losses(recipe, kit, catalog()), start_accelerator(Plan(Path(), steps=2, batch=2))
    pair = kit.data.load("train", torch.tensor([0, 6]), torch.tensor([3, 7]))
    for span in spans(recipe.phases, 40):
        terms = Stage(span, recipe, kit.model, losses, accelerator).step(pair, span.begin)
        assert all(term.isfinite() for term in terms.values())


@pytest.mark.parametrize("generator", ["base.unet", "scmnet.translation"])
@pytest.mark.parametrize("style", ["base.encoder", "base.pixels", "scmnet.decomposed", "scmnet.global", "partflow.parts"])
def test_the_operator_takes_other_styles_and_other_generators_take_it(style, generator):
    recipe = load_recipe(RECIPE, size="small", changes=[f"style={style}", f"generator={generator}"])
    context = Context(size=(64, 32), regions=vocabulary(recipe.regions))
    built = build_model(recipe, context, "cihp20", catalog()).eval()
    with torch.no_grad():
        outcome = built(make_pair((64, 32), regions=20))
    assert outcome.image.shape == (2, 3, 64, 32) and outcome.merged.fields.flow[0].shape[1] == 3


def test_supervision_needs_no_sampling():
    recipe, _ = resolve(Request("partflow", variant="supervised"), catalog())
    weights = {name: term.weight for name, term in recipe.losses.items()}
    assert weights["truth"] > 0 == weights["sampling"] == weights["flow_sampling"]
    assert [p.name for p in recipe.phases] == ["flow", "main"]


def test_a_person_wears_another_s_trousers_without_any_parsing_of_their_own():
    built, pair = model((64, 32), "small").eval(), make_pair((64, 32), regions=20)
    regions = vocabulary("scm8")
    person, reference = pair.source.but(parsing=None), pair.target
    own, dressed = (
        edit(built, person, other, ["pants"], regions) for other in (person.but(parsing=reference.parsing), reference)
    )
    assert dressed.image.shape == (2, 3, 64, 32) and not torch.equal(own.image, dressed.image)
    assert dressed.style.origins[2] is not dressed.style.origins[0] and own.style.origins[0].image is not None
