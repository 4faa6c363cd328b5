"""Options are typed, defaulted, and never silently ignored."""

from typing import Annotated, Any, Literal

import pytest

from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.hookspecs import KINDS, Component, Option
from zoo.model import build, build_losses
from zoo.recipes.catalog import Catalog, Shelf, catalog
from zoo.recipes.options import construct, described, multiple_of, option_fields, options_model, validated
from zoo.recipes.plugins import Plugin
from zoo.recipes.recipe import Part
from zoo.recipes.request import Request, resolve

COMPONENT = Component("merge", "t.merge", "t:Merge")


Width = Annotated[int, Option("channels of the first level", "paper")]


class Merge:
    def __init__(self, context: object, *, levels: int, width: Width = 8, mode: Literal["soft", "hard"] = "soft") -> None: ...


def test_the_schema_is_the_keyword_arguments() -> None:
    fields = options_model(COMPONENT, Merge).model_fields
    assert list(fields) == ["levels", "width", "mode"] and fields["levels"].is_required() and fields["width"].default == 8


def test_an_option_says_what_it_means_and_who_asks_for_it() -> None:
    fields = options_model(COMPONENT, Merge).model_fields
    assert described(fields["width"]) == Option("channels of the first level", "paper")
    assert described(fields["levels"]) is None


def test_defaults_are_filled_in() -> None:
    assert validated(COMPONENT, Merge, {"levels": 2}) == {"levels": 2, "width": 8, "mode": "soft"}


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        ({"levels": 2, "widht": 4}, "t.merge has no option 'widht'", "did you mean 'width'?"),
        ({"levels": 2, "mode": "sofft"}, "t.merge: mode must be 'soft' or 'hard', not 'sofft'", "did you mean 'soft'?"),
        ({"levels": "many"}, "t.merge: levels must be a whole number, not 'many'", "zoo show t.merge"),
        ({}, "t.merge: missing key 'levels'", "add levels = ...; zoo show t.merge"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], what: str, fix: str) -> None:
    with pytest.raises(ZooError) as error:
        validated(COMPONENT, Merge, options)
    assert what in error.value.what and fix in error.value.fix and error.value.exit_code == 2


def test_a_part_without_options_takes_none() -> None:
    class Plain:
        def __init__(self, context: object) -> None: ...

    assert validated(COMPONENT, Plain, {}) == {}
    with pytest.raises(ZooError, match="has no option 'width'"):
        validated(COMPONENT, Plain, {"width": 1})


@pytest.mark.parametrize(
    ("multiple", "options", "wanted"), [(4, {}, 4), ("width", {}, 8), ("width", {"width": 2}, 2), ("2**levels", {}, 8)]
)
def test_a_part_says_what_sizes_it_takes(
    multiple: int | str, options: dict[str, int], wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoo.recipes.options.import_component", lambda component: Merge)
    component = Component("merge", "t.merge", "t:Merge", multiple=multiple)
    assert multiple_of(component, Part(use="t.merge", options={"levels": 3, **options})) == wanted


def test_a_multiple_that_is_no_option_is_an_error_of_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.recipes.options.import_component", lambda component: Merge)
    component = Component("merge", "t.merge", "t:Merge", multiple="widht")
    with pytest.raises(ZooError, match=r"t\.merge takes sizes in multiples of 'widht'") as error:
        multiple_of(component, Part(use="t.merge", options={"levels": 3}))
    assert error.value.fix == "did you mean 'width'?"


class Moves(Strict):
    flip: Annotated[bool, Option("mirrors half of the images", "ours")] = False


STILL = Moves()


class Encoder:
    def __init__(self, context: object, *, width: Width = 8, moves: Moves = STILL) -> None: ...


def test_a_set_of_options_is_told_and_refused_option_by_option() -> None:
    fields = option_fields(options_model(COMPONENT, Encoder))
    assert list(fields) == ["width", "moves.flip"] and described(fields["moves.flip"]) == Option(
        "mirrors half of the images", "ours"
    )
    assert validated(COMPONENT, Encoder, {"moves": {"flip": True}})["moves"] == Moves(flip=True)
    with pytest.raises(ZooError, match=r"no option 'moves\.flap'") as error:
        validated(COMPONENT, Encoder, {"moves": {"flap": True}})
    assert error.value.fix == "did you mean 'moves.flip'?"


class Fragile:
    def __init__(self, context: object) -> None:
        raise IndexError("no level 7")


def test_a_part_that_fails_to_build_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.recipes.options.import_component", lambda component: Fragile)
    found = Catalog([], {kind: Shelf(kind) for kind in KINDS}, Shelf("recipe"), Shelf("track"))
    found.components["merge"].add("t.merge", Plugin("t", "t", "t", "1"), COMPONENT)
    with pytest.raises(ZooError, match=r"merge t\.merge could not be built: IndexError: no level 7") as error:
        construct(found, "merge", Part(use="t.merge"), None)
    assert error.value.where == "t:Merge"


def test_a_set_of_options_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def counting(component: Component, factory: Any, options: Any) -> dict[str, Any]:
        seen.append(component.name)
        return validated(component, factory, options)

    monkeypatch.setattr("zoo.recipes.options.validated", counting)
    recipe, track = resolve(Request("scmnet"), catalog())
    build_losses(recipe, build(recipe, track, catalog()), catalog())
    named = [part.use for _, _, part in recipe.named_parts()]
    nets = [part.use for part in (track.dataset, *track.nets().values(), track.judge) if part]
    assert sorted(seen) == sorted([*named, *nets])
