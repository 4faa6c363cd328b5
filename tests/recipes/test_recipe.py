"""Recipes: what is written is what runs, patches lie over one another in a fixed order, misspellings are caught."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, make_recipe, variants_of
from zoo.recipes.patch import parse_change, patched
from zoo.recipes.recipe import Recipe
from zoo.recipes.writing import recipe_toml

TEXT = """
name = "mine"
regions = "scm8"
pose = "a.pose"
style = { use = "a.style", width = 8, depth = 1 }
merge = "a.merge"
generator = "a.generator"
[losses]
rec = { use = "a.l1", weight = 2.0 }
[[phases]]
name = "main"
train = ["style"]
losses = ["rec"]
pairing = "a.self"
[sizes.small]
style = { width = 1, depth = 2 }
[variants.thin]
style.width = 3
[variants.thin.sizes.small]
style.width = 4
[variants.other]
style = "b.style"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT)
    return file


def style(path: Path, **options: Any) -> tuple[str, dict[str, Any]]:
    part = load_recipe(path, **options).style
    return part.use, part.options


def test_size_then_variant_then_the_variants_size_then_changes(path: Path) -> None:
    assert style(path) == ("a.style", {"width": 8, "depth": 1})
    assert style(path, size="small") == ("a.style", {"width": 1, "depth": 2})
    assert style(path, variant="thin") == ("a.style", {"width": 3, "depth": 1})
    assert style(path, size="small", variant="thin") == ("a.style", {"width": 4, "depth": 2})
    changed = style(path, size="small", variant="thin", changes=["style.width=5", "style.width=6"])
    assert changed == ("a.style", {"width": 6, "depth": 2})


def test_a_part_named_anew_loses_the_options_of_the_old_one(path: Path) -> None:
    assert style(path, variant="other") == ("b.style", {})
    assert style(path, changes=["style=b.style", "style.levels=2"]) == ("b.style", {"levels": 2})
    assert style(path, changes=["style=a.style"]) == ("a.style", {"width": 8, "depth": 1})


def test_a_loss_named_anew_keeps_its_weight(path: Path) -> None:
    assert load_recipe(path, changes=["losses.rec=a.l2"]).losses["rec"].weight == 2.0


def test_phases_are_patched_by_name(path: Path) -> None:
    assert load_recipe(path, changes=["phases.main.lr=0.5"]).phases[0].lr == 0.5
    with pytest.raises(ZooError, match="unknown phase 'man'") as error:
        load_recipe(path, changes=["phases.man.lr=0.5"])
    assert error.value.fix == "did you mean 'main'?"


@pytest.mark.parametrize(
    ("change", "what", "fix"),
    [
        ("mereg=a.merge", "unknown key 'mereg'", "did you mean 'merge'?"),
        ("phases.main.optimizer=adam", "unknown key 'phases.main.optimizer'", "did you mean 'optimiser'?"),
        ("optimizer=adam", "unknown key 'optimizer'", "did you mean 'phases.main.optimiser'?"),
        ("pairing=base.self", "unknown key 'pairing'", "did you mean 'phases.main.pairing'?"),
        ("losses.recc.weight=2", "missing key 'losses.recc.use'", "did you mean 'rec'?; or add losses.recc.use = ..."),
        ("ema=2", "ema must be a number less than 1.0, not 2", "leave it out for 0.999"),
        ("phases.main.optimiser=adm", "phases.main.optimiser must be 'adam', 'adamw' or 'sgd', not 'adm'", "'adam'?"),
        ("phases.main.losses=['re']", "uses the unknown loss 're'", "did you mean 'rec'?"),
        ("phases.main.train=['parsing']", "trains 'parsing', which the recipe does not have", "phases.main.share = 0"),
        ("phases.main.freeze=['merge.flow']", "freezes 'merge.flow', but trains only style", "phases.main.freeze = []"),
        ("phases.main.share=0", "every phase has share 0", "give one of them a share"),
        ("size=small", "'size' is no key of a recipe", "--size"),
        ("variant=thin", "'variant' is no key of a recipe", "--variant"),
        ("sizes.small.style.width=3", "'sizes' is no key of a recipe", "set the key itself"),
        ("ema", "cannot read change 'ema'", "--set key=value"),
        ("=1", "cannot read change", "--set key=value"),
        ("a..b=1", "cannot read change", "--set key=value"),
    ],
)
def test_a_wrong_change_says_what_and_how_to_mend_it(path: Path, change: str, what: str, fix: str) -> None:
    with pytest.raises(ZooError) as error:
        load_recipe(path, changes=[change])
    assert what in error.value.what and fix in error.value.fix and error.value.exit_code == 2
    assert "--set" in error.value.where


def test_of_several_changes_the_one_that_broke_the_recipe_is_named(path: Path) -> None:
    with pytest.raises(ZooError) as error:
        load_recipe(path, changes=["style.width=2", "ema=2", "style.depth=1"])
    assert error.value.where == "--set ema=2"
    path.write_text(TEXT.replace("style.width = 3", "ema = 3"))
    with pytest.raises(ZooError) as error:
        load_recipe(path, variant="thin", changes=["style.width=2"])
    assert error.value.where == "mine.toml: variants.thin"


def test_a_size_that_the_recipe_does_not_have_is_named(path: Path) -> None:
    with pytest.raises(ZooError, match="recipe mine has no size 'smal'") as error:
        load_recipe(path, size="smal")
    assert "did you mean 'small'?" in error.value.fix
    path.write_text(TEXT.replace("[variants.thin.sizes.small]", "[variants.thin.sizes.smal]"))
    with pytest.raises(ZooError, match="unknown size 'smal'"):
        load_recipe(path)
    assert load_recipe(catalog().recipes["copy"], size="any").size == "any", "a recipe without sizes is the same at all"


def test_a_part_named_anew_takes_along_what_phases_freeze_inside_it(path: Path) -> None:
    path.write_text(TEXT.replace('losses = ["rec"]', 'losses = ["rec"]\nfreeze = ["style.net"]'))
    assert load_recipe(path).phases[0].freeze == ["style.net"]
    assert load_recipe(path, changes=["style=b.style"]).phases[0].freeze == []
    again = load_recipe(path, changes=["style=b.style", "phases.main.freeze=['style.other']"])
    assert again.phases[0].freeze == ["style.other"]
    path.write_text(path.read_text() + '\n[variants.both]\nstyle = "b.style"\nphases.main.freeze = ["style.other"]\n')
    assert load_recipe(path, variant="both").phases[0].freeze == ["style.other"], "one patch says both"


def test_two_phases_of_one_name_are_refused(path: Path) -> None:
    phase = TEXT[TEXT.index("[[phases]]") : TEXT.index("[sizes.small]")]
    path.write_text(TEXT.replace("[sizes.small]", phase + "[sizes.small]"))
    with pytest.raises(ZooError, match="two phases are called 'main'"):
        load_recipe(path)


@pytest.mark.parametrize("name", ["../up", "a/b", "\x1b[31mred", "two\nlines", "", ".hidden", "n" * 300])
def test_a_name_that_could_leave_its_folder_or_paint_the_terminal_is_refused(path: Path, name: str) -> None:
    document = {**tomllib.loads(TEXT), "name": name}
    del document["sizes"], document["variants"]
    with pytest.raises(ZooError, match="name") as error:
        make_recipe(document, where="here")
    assert error.value.fix and "\x1b" not in str(error.value)
    with pytest.raises(ZooError):
        make_recipe({**document, "name": "fine", "variant": name}, where="here")
    with pytest.raises(ZooError):
        make_recipe({**document, "name": "fine", "losses": {"rec": "a.l1", name: "a.l2"}}, where="here")


def test_a_variant_may_do_without_a_parsing_transform(path: Path) -> None:
    path.write_text(TEXT.replace("merge =", 'parsing = "a.parsing"\nmerge ='))
    assert load_recipe(path).parsing is not None
    assert load_recipe(path, changes=["parsing=none"]).parsing is None
    assert load_recipe(path, changes=["parsing.width=3", "parsing=none"]).parsing is None


def test_a_phase_that_freezes_nothing_has_the_digest_of_one_that_cannot(path: Path) -> None:
    plain = load_recipe(path)
    frozen = load_recipe(path, changes=["phases.main.freeze=['style.net']"])
    assert frozen.digest() != plain.digest() and load_recipe(path, changes=["phases.main.freeze=[]"]).digest() == plain.digest()


def test_an_unknown_variant_names_the_nearest(path: Path) -> None:
    with pytest.raises(ZooError, match="unknown variant 'thim'") as error:
        load_recipe(path, variant="thim")
    assert error.value.fix == "did you mean 'thin'?"


def test_a_file_that_is_no_toml_or_not_there_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("a = 1\nname = \n")
    with pytest.raises(ZooError, match=r"bad\.toml is not valid TOML: .*line 2"):
        load_recipe(tmp_path / "bad.toml")
    with pytest.raises(ZooError, match=r"there is no file none\.toml"):
        load_recipe(tmp_path / "none.toml")


def every_recipe() -> list[Any]:
    found = catalog().recipes.items
    return [
        pytest.param(name, variant, size, id=f"{name}-{variant}-{size}")
        for name in sorted(found)
        for variant in variants_of(catalog().recipes[name])
        for size in ("", "small", "paper")
    ]


@pytest.mark.parametrize(("name", "variant", "size"), every_recipe())
def test_every_installed_recipe_resolves_and_comes_back(name: str, variant: str, size: str) -> None:
    recipe = load_recipe(catalog().recipes[name], size=size, variant=variant)
    assert make_recipe(recipe.model_dump(mode="json"), where="dump") == recipe
    again = make_recipe(tomllib.loads(recipe_toml(recipe)), where="toml")
    assert again.digest() == recipe.digest() and again.architecture() == recipe.architecture()


def test_what_a_variant_says_of_itself_is_not_the_recipes_summary(tmp_path: Path) -> None:
    told, silent = tmp_path / "told.toml", tmp_path / "silent.toml"
    silent.write_text(f"{TEXT}\n[variants.wide]\nstyle.width = 9\n")
    told.write_text(f'{TEXT}\n[variants.wide]\nsummary = "wider"\nstyle.width = 9\n')
    assert load_recipe(told, variant="wide") == load_recipe(silent, variant="wide")


def test_the_digest_tells_results_apart_and_ignores_prose(path: Path) -> None:
    plain = load_recipe(path)
    assert load_recipe(path, changes=["summary=other words"]).digest() == plain.digest()
    assert load_recipe(path, changes=["style.width=8"]).digest() == plain.digest()
    assert load_recipe(path, changes=["style.width=9"]).digest() != plain.digest()
    assert load_recipe(path, changes=["losses.rec.weight=1"]).architecture() == plain.architecture()


# ---------------------------------------------------------------- laws of patches and changes
names = st.text("abcdefgh_", min_size=1, max_size=4)
values = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5)
trees = st.dictionaries(names, st.recursive(values, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8))


@given(trees)
def test_an_empty_patch_changes_nothing(base: dict[str, Any]) -> None:
    assert patched(base, {}) == base


@given(trees, trees)
def test_a_patch_twice_is_a_patch_once(base: dict[str, Any], patch: dict[str, Any]) -> None:
    once = patched(base, patch)
    assert patched(once, patch) == once


@given(trees, names, values.filter(lambda v: not isinstance(v, str)))
def test_a_patch_sets_its_key_and_leaves_the_others(base: dict[str, Any], key: str, value: object) -> None:
    result = patched(base, {key: value})
    assert result[key] == value and {k: v for k, v in result.items() if k != key} == {k: v for k, v in base.items() if k != key}


@given(trees, trees)
def test_patching_alters_neither_side(base: dict[str, Any], patch: dict[str, Any]) -> None:
    before = repr((base, patch))
    patched(base, patch)
    assert repr((base, patch)) == before


@given(st.lists(names, min_size=1, max_size=4), st.integers(-99, 99) | st.booleans() | st.floats(-9, 9) | names)
def test_a_change_is_read_as_written(path: list[str], value: object) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    found: Any = parse_change(f"{'.'.join(path)}={text}")
    for name in path:
        found = found[name]
    assert found == value and type(found) is type(value)


options = (
    st.text(max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3)
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), options, max_size=4))
def test_any_option_survives_the_printed_recipe(options: dict[str, Any]) -> None:
    options = {k: v for k, v in options.items() if k not in ("use", "options")}
    document = {**tomllib.loads(TEXT), "style": {"use": "a.style", **options}}
    del document["sizes"], document["variants"]
    recipe = Recipe.model_validate(document)
    assert make_recipe(tomllib.loads(recipe_toml(recipe)), where="toml").style == recipe.style
