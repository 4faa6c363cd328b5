"""No option without a use: a recipe sets it, or it is tried here at another value than its default.

Set off its default by a recipe, a size, a variant or a track: its tests try it. Of the rest, switches and words are tried at
each of their values, numbers, layers and lists at another one: a part must keep its promises there, or refuse. What only a
user's file or another machine can try has a test of its own.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin

import pytest

from tests.test_contracts import NARROW, NEEDS_FILES
from zoo.errors import ZooError
from zoo.hookspecs import KINDS, Component
from zoo.recipes.catalog import catalog, import_component
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import option_fields, options_model
from zoo.recipes.recipe import Part
from zoo.recipes.track import load_track
from zoo.testing.bench import Bench
from zoo.testing.contracts import CONTRACTS
from zoo_base.vgg import CONVS

SIZES = ("", "small", "photo", "market", "paper")
LAYERS = [f"relu{stage}_{conv}" for stage, convs in enumerate(CONVS, 1) for conv in range(1, convs + 1)]
OWN_TESTS = {  # option -> where it is tried
    "weights": "base/test_base_features.py, figures/test_nets.py, photonets: a user's file, or none for whoever trains the net",
    "sha256": "base/test_base_features.py, base/test_backbones.py: of a user's file",
    "device": "figures/test_people.py: an accelerator is not everywhere",
}
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
    """What no recipe and no track ever sets: values of switches and words, and another value of each number."""
    known = values_set()
    for component in components():
        for name, field in option_fields(options_model(component, import_component(component))).items():
            tried = known.get((component.name, name), set())
            for value in others(field.annotation, field.default, bool(tried - {repr(field.default)})):
                if repr(value) not in tried:
                    yield component, name, value


def others(kind: Any, default: Any, set_somewhere: bool) -> Iterator[Any]:
    """The values to try of an option of this kind."""
    if kind is bool or get_origin(kind) is Literal:
        yield from (value for value in (get_args(kind) or (False, True)) if value != default)
    elif not set_somewhere:
        yield from another(kind, default)


def another(kind: Any, default: Any) -> Iterator[Any]:
    """One other value of a number, a list or the name of a layer; nothing where none can be made up."""
    if kind == int | None:
        yield 1
    elif kind in (int, float):
        yield default + 1 if kind is int else default / 2 or 0.1
    elif isinstance(default, tuple) and len(default) > 1:
        yield default[1:]
    elif default in LAYERS:
        yield LAYERS[LAYERS.index(default) - 1]


CHOICES = [c for c in choices() if c[1] not in OWN_TESTS and f"{c[0].kind} {c[0].name}" not in NEEDS_FILES]


@pytest.mark.parametrize(("component", "option", "value"), CHOICES, ids=[f"{c.name}-{o}={v}" for c, o, v in CHOICES])
def test_a_choice_that_no_recipe_makes_keeps_the_promises_or_is_refused(component: Component, option: str, value: Any) -> None:
    bench = Bench(catalog(), component, {**NARROW.get(component.name, {}), **nested(option, value)})
    try:
        for promise in CONTRACTS[component.kind]:
            promise(bench)
    except ZooError as refusal:  # one option may exclude another, and says so
        assert refusal.exit_code == 2 and refusal.fix, refusal


def test_no_option_is_left_out() -> None:
    known = values_set()
    tried = {(component.name, option) for component, option, _ in CHOICES}
    alone = {
        f"{component.name} {name}"
        for component in components()
        if f"{component.kind} {component.name}" not in NEEDS_FILES
        for name, field in option_fields(options_model(component, import_component(component))).items()
        if name not in OWN_TESTS and (component.name, name) not in tried
        if not known.get((component.name, name), set()) - {repr(field.default)}
    }
    assert not alone


def test_what_the_specs_ask_for_is_a_variant() -> None:
    wanted = {
        ("scmnet.decomposed", "vgg_prior"), ("scmnet.decomposed", "augment.shuffle_rows"), ("scmnet.graph", "center"),
        ("scmnet.correlation", "match_kernel"), ("scmnet.correlation", "coord"), ("scmnet.correlation", "variant"),
    }  # fmt: skip
    assert wanted <= values_set().keys()
