"""What is ours is worn: named in the recipe, changed by --set, around anybody's part; taken off, nothing of it stays."""

import itertools
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest
import torch

from tests.support import make_pair, unworn
from zoo.editing.transfer import edit
from zoo.errors import ZooError
from zoo.hookspecs import GROUP
from zoo.interfaces import Context
from zoo.model import Model, build_model
from zoo.recipes.catalog import Catalog, build_catalog, catalog, import_component
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe, make_recipe, variants_of
from zoo.recipes.options import described, options_model, set_options, validated
from zoo.recipes.patch import parse_change, patched
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Budget, Track
from zoo.recipes.writing import recipe_toml
from zoo.regions import vocabulary

SIZE = (64, 32)
TRACK = Track(
    name="t", dataset="figures.people", size=SIZE, protocol="figures-v1", features="figures.features",
    budget=Budget(steps=1, batch=1),
)  # fmt: skip
PHOTO = {"use": "base.photo", "along": "skeletons"}
MERGE_WEAR: dict[str, list[Any]] = {
    "photo by skeletons": [PHOTO],
    "photo in the style": ["base.photo_in_style"],
    "skeletons, then photo": ["base.skeletons", "base.photo"],
}


@cache
def everybody() -> Catalog:
    """The catalogue with a foreign plugin in it."""
    return build_catalog([*entry_points(group=GROUP), EntryPoint("foreign", "tests.foreign", GROUP)])


ELSEWHERE = {"base.show", "base.timm", "base.recoded"}  # an image as it is; weights from a file of the user's; a codec's truth


def names(kind: str) -> list[str]:
    return sorted(name for name in everybody().components[kind].items if name not in ELSEWHERE)  # type: ignore[index]


def recipe_of(style: str, merge: str, generator: str, worn: list[Any], over: list[Any]) -> Recipe:
    parts = {"merge": {"use": merge, "wear": worn}, "generator": {"use": generator, "wear": over}}
    document = {"name": "mix", "regions": "scm8", "pose": "base.heatmaps", "style": style, "oracle": True, **parts}
    return make_recipe(document, where="test")


def model_of(recipe: Recipe) -> Model:
    check_mix(recipe, TRACK, everybody())
    return build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8")), "cihp20", everybody())


def mixes() -> list[tuple[str, str, str, str, str]]:
    """Foreign operators under every wrapper between all encoders and all generators, and wrappers around all operators."""
    foreign = ("foreign.stir", "foreign.slide")
    by_style = itertools.product(names("style"), foreign, MERGE_WEAR)
    by_generator = itertools.product(zip(foreign, ("blend", "add"), strict=True), names("generator"))
    by_merge = itertools.product(names("merge"), MERGE_WEAR)
    return [
        *((s, m, "base.unet", w, "blend") for s, m, w in by_style),
        *(("base.encoder", m, g, "photo by skeletons", how) for (m, how), g in by_generator),
        *(("base.pixels", m, "foreign.splash", w, "add") for m, w in by_merge),
    ]


@pytest.mark.parametrize(("style", "merge", "generator", "worn", "how"), mixes())
def test_anybody_s_part_wears_it(style: str, merge: str, generator: str, worn: str, how: str) -> None:
    torch.manual_seed(0)
    model = model_of(recipe_of(style, merge, generator, MERGE_WEAR[worn], [{"use": "base.over", "how": how}]))
    outcome = model(make_pair(SIZE, regions=20))
    image, spec = outcome.image, model.merge.spec  # type: ignore[union-attr]
    assert image is not None and image.shape == (2, 3, *SIZE) and image.abs().max() <= 1
    assert outcome.merged is not None
    assert [tuple(m.shape[1:]) for m in outcome.merged.pyramid] == [
        (c, SIZE[0] // s, SIZE[1] // s) for c, s in zip(spec.channels, spec.strides, strict=True)
    ]
    if worn != "photo in the style":
        assert spec.photo is not None and spec.strides[0] == 1, "any generator finds the photo at full size"
    image.square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


@pytest.mark.parametrize("worn", MERGE_WEAR)
@pytest.mark.parametrize("style", [s for s in names("style") if s != "partflow.parts"])
def test_an_edit_reaches_the_photo_whichever_encoder_it_is(style: str, worn: str) -> None:
    model = model_of(recipe_of(style, "foreign.slide", "base.unet", MERGE_WEAR[worn], ["base.over"])).eval()
    pair = make_pair(SIZE, regions=20)
    person, reference = pair.source, pair.target
    share: Any = model.generator.share
    torch.nn.init.zeros_(share.weight)
    torch.nn.init.constant_(share.bias, -30.0)  # the photo alone
    own = model(pair.but(target=person.but(image=None))).image
    dressed = edit(
        model, person, reference, ["upper", "pants", "hair"], vocabulary("scm8"), person.but(image=None, parsing=None)
    )
    assert dressed.image is not None and own is not None
    assert (dressed.image - own).abs().mean() > 0.01


def test_what_is_worn_prints_and_reads_back() -> None:
    recipe = recipe_of("base.encoder", "base.concat", "base.unet", ["base.skeletons", PHOTO], [])
    again = make_recipe(tomllib.loads(recipe_toml(recipe)), where="printed")
    assert again.digest() == recipe.digest() and again.architecture() == recipe.architecture()
    assert [part.use for part in again.merge.wear] == ["base.skeletons", "base.photo"] and not again.generator.wear


def test_what_is_worn_makes_another_architecture_and_bare_parts_the_old_one() -> None:
    bare, worn = (recipe_of("base.encoder", "base.concat", "base.unet", w, []) for w in ([], [PHOTO]))
    assert bare.architecture() != worn.architecture() and bare.digest() != worn.digest()
    assert "wear" not in bare.merge.model_dump()


def test_set_dresses_undresses_and_reaches_a_single_wrapper() -> None:
    document: dict[str, Any] = {"merge": {"use": "a.b", "wear": ["base.skeletons", "base.photo"]}}

    def changed(change: str) -> Any:
        return patched(document, parse_change(change))["merge"]

    assert changed("merge.wear.photo.along=skeletons")["wear"] == [{"use": "base.skeletons"}, PHOTO]
    assert changed("merge.wear=[]")["wear"] == [] and changed("merge=c.d") == {"use": "c.d"}
    path = catalog().recipes["spgnet"]
    assert load_recipe(path, size="small", changes=["merge.wear=none"]).merge.wear == ()
    assert [w.use for w in load_recipe(path, changes=["merge.wear=base.photo"]).merge.wear] == ["base.photo"]
    with pytest.raises(ZooError, match="unknown wrapper 'foto'") as error:
        changed("merge.wear.foto.along=skeletons")
    assert error.value.fix == "did you mean 'photo'?"


def test_a_wrapper_is_refused_around_another_kind_of_part() -> None:
    with pytest.raises(ZooError, match=r"base\.over is worn by a generator, not by a merge") as error:
        model_of(recipe_of("base.encoder", "base.concat", "base.unet", ["base.over"], []))
    assert error.value.exit_code == 2 and error.value.fix.startswith("name it in generator.wear")
    with pytest.raises(ZooError, match=r"'base\.concat' is a merge, not a wrapper"):
        model_of(recipe_of("base.encoder", "base.concat", "base.unet", ["base.concat"], []))


def test_wrappers_stack_from_the_inside_and_strangers_bring_their_own() -> None:
    over = ["base.over", {"use": "foreign.dim", "by": 0.25}]
    model = model_of(recipe_of("base.encoder", "foreign.slide", "foreign.splash", [PHOTO], over))
    outer: Any = model.generator
    assert type(outer).__name__ == "Dim" and type(outer.inner).__name__ == "PaintedOver"
    assert model(make_pair(SIZE, regions=20)).image.abs().max() <= 0.25


def test_options_of_what_is_worn_are_known_and_checked() -> None:
    recipe = recipe_of("base.encoder", "base.concat", "base.unet", [PHOTO], [])
    told = {key: about.source for key, _, about in set_options(recipe, everybody()) if about}
    assert told["merge.wear.photo.along"] == "ours"
    with pytest.raises(ZooError, match=r"base\.photo has no option 'alon'"):
        model_of(recipe_of("base.encoder", "base.concat", "base.unet", [{"use": "base.photo", "alon": "x"}], []))


def ours(recipe: Recipe) -> Iterator[str]:
    """The options of ours that a recipe's parts, losses apart, set to anything but their default."""
    for key, kind, part in recipe.named_parts():
        component = catalog().component(kind, part.use)
        factory = import_component(component)
        fields, values = options_model(component, factory).model_fields, validated(component, factory, part.options)
        told = {name: about.source for name, field in fields.items() if (about := described(field))}
        if kind != "loss":
            yield from (f"{key}.{n}" for n in part.options if told.get(n) == "ours" and values[n] != fields[n].default)


@pytest.mark.parametrize("name", ["scmnet", "spgnet", "partflow", "spt"])
def test_at_the_paper_s_size_nothing_of_ours_is_on(name: str) -> None:
    recipe = load_recipe(catalog().recipes[name], size="paper")
    assert not any(part.wear for part in recipe.parts().values()) and recipe.ema == 0
    assert "as-paper" in variants_of(catalog().recipes[name])
    assert not list(ours(recipe))


@pytest.mark.parametrize("name", ["scmnet", "spgnet", "partflow", "spt"])
def test_as_paper_is_the_paper_s_recipe_with_narrow_parts(name: str) -> None:
    recipe, _ = resolve(Request(name, "as-paper"), catalog())
    paper = load_recipe(catalog().recipes[name], size="paper", variant="as-paper")
    plain = load_recipe(catalog().recipes[name], size="paper")
    assert {n: t.weight for n, t in recipe.losses.items()} == {n: t.weight for n, t in plain.losses.items()}
    assert paper.digest() == plain.digest(), "at the paper's size there is nothing to take off"
    assert not any(part.wear for part in recipe.parts().values()) and recipe.ema == 0
    told = {p.name: p for p in plain.phases}
    for phase in recipe.phases:
        same = ("losses", "freeze", "pairing", "until", "parsing", "lr", "critic_lr", "betas", "schedule", "warmup", "clip")
        assert {s: getattr(phase, s) for s in same} == {s: getattr(told[phase.name], s) for s in same}
    assert not list(ours(recipe)), "nothing of ours is on at size small either"


def test_wearing_nothing_leaves_the_paper_s_own_class() -> None:
    recipe, track = resolve(Request("partflow", "as-paper"), catalog())
    context = Context(size=track.size, regions=vocabulary(recipe.regions))
    model = build_model(recipe, context, "cihp20", catalog())
    assert unworn(model.merge) is model.merge and unworn(model.generator) is model.generator
