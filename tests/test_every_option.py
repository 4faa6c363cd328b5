"""No option without a use: a recipe sets it, or it is a number or a name of the user's, or each of its values is tried here.

Set off its default by a recipe, a size, a variant or a track: its tests try it. A knob (a number, a text, a list of them) says
how much, which layer or which file, and is for whoever mixes the part. What is left are switches and words out of a few: a part
must keep its promises at each of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin

import pytest

from tests.test_contracts import NARROW, NEEDS_FILES
from zoo.errors import ZooError
from zoo.hookspecs import KINDS, Component
from zoo.recipes.catalog import catalog, import_component
from zoo.recipes.options import option_fields, options_model
from zoo.recipes.recipe import Part, load_recipe, variants_of
from zoo.recipes.track import load_track
from zoo.testing.bench import Bench
from zoo.testing.contracts import CONTRACTS

SIZES = ("", "small", "photo", "market", "paper")
TRAINED_BY = {"weights"}  # the shipped nets without their weights: for whoever trains them anew
Use = tuple[str, str]  # component, option


def parts_named() -> Iterator[Part]:
    """Every part that a recipe, at any size and variant, or a track names."""
    for path in (catalog().recipes[name] for name in catalog().recipes.items):
        for variant in variants_of(path):
            for size in SIZES:
                with suppress(ZooError):  # a recipe without this size
                    yield from (part for _, _, part in load_recipe(path, size=size, variant=variant).named_parts())
    for track in (load_track(catalog().tracks[name]) for name in catalog().tracks.items):
        yield from filter(None, (track.dataset, track.features, track.detector, track.judge))


def values_set() -> dict[Use, set[str]]:
    found: dict[Use, set[str]] = {}
    for part in parts_named():
        for name, value in flat(part.options):
            found.setdefault((part.use, name), set()).add(repr(value))
    return found


def flat(options: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        yield from flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]


def nested(option: str, value: Any) -> dict[str, Any]:
    """`augment.flip` as a recipe has it."""
    for name in reversed(option.split(".")):
        value = {name: value}
    return dict(value)


def components() -> list[Component]:
    return [owners[0][1] for kind in KINDS for owners in catalog().components[kind].items.values()]


def choices() -> Iterator[tuple[Component, str, Any]]:
    """The values of switches and words that no recipe and no track ever sets."""
    known = values_set()
    for component in components():
        for name, field in option_fields(options_model(component, import_component(component))).items():
            kinds = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            for value in (False, True) if field.annotation is bool else kinds:
                if value != field.default and repr(value) not in known.get((component.name, name), ()):
                    yield component, name, value


CHOICES = [c for c in choices() if c[1] not in TRAINED_BY and f"{c[0].kind} {c[0].name}" not in NEEDS_FILES]


@pytest.mark.parametrize(("component", "option", "value"), CHOICES, ids=[f"{c.name}-{o}={v}" for c, o, v in CHOICES])
def test_a_choice_that_no_recipe_makes_keeps_the_promises_or_is_refused(component: Component, option: str, value: Any) -> None:
    bench = Bench(catalog(), component, {**NARROW.get(component.name, {}), **nested(option, value)})
    try:
        for promise in CONTRACTS[component.kind]:
            promise(bench)
    except ZooError as refusal:  # one option may exclude another, and says so
        assert refusal.exit_code == 2 and refusal.fix, refusal


def test_what_the_specs_ask_for_is_a_variant() -> None:
    wanted = {
        ("scmnet.decomposed", "vgg_prior"), ("scmnet.decomposed", "augment.shuffle_rows"), ("scmnet.graph", "center"),
        ("scmnet.correlation", "match_kernel"), ("scmnet.correlation", "coord"), ("scmnet.correlation", "variant"),
    }  # fmt: skip
    assert wanted <= values_set().keys()
