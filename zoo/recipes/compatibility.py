"""Checks, before torch is imported, that a recipe's parts need nothing the parts before them and the track do not give."""

from collections.abc import Iterable, Set

from zoo.errors import ZooError
from zoo.hookspecs import Component, Fact, Kind
from zoo.recipes.catalog import Catalog
from zoo.recipes.patch import parse_change
from zoo.recipes.recipe import Part, Recipe
from zoo.recipes.track import Track

_SPINE: tuple[Kind, ...] = ("pose", "parsing", "style", "merge", "generator")
_CYCLE: frozenset[Fact] = frozenset({"cycle"})


def check_mix(recipe: Recipe, track: Track, catalog: Catalog) -> None:
    """Raise a ZooError with the line that mends it when the recipe cannot run on the track."""
    given = set(catalog.component("dataset", track.dataset.use).gives) | _nets(track)
    if recipe.oracle:
        if "source.parsing" not in given:
            raise _impossible("oracle = true", "source.parsing", recipe, catalog)
        given.add("target.parsing")
    for part, component in _spine(recipe, catalog):
        _require(component, part, given, recipe, catalog)
        given |= component.gives
        if component.kind == "parsing":
            given |= {"target.parsing", "parsing.logits"}
    for phase in recipe.phases:
        pairing = catalog.component("pairing", phase.pairing.use)
        _require(pairing, phase.pairing, given, recipe, catalog)
        known = given | (_CYCLE if phase.until == "cycle" else frozenset())
        for name in phase.losses:
            if recipe.losses[name].weight:
                term = recipe.losses[name]
                loss = catalog.component("loss", term.use)
                stand_ins = [f"--set losses.{name}={c.name}" for c in _judging(loss.judges, catalog) if c.needs <= known]
                _require(loss, term, known, recipe, catalog, stand_ins)


def without_idle_phases(recipe: Recipe, catalog: Catalog) -> Recipe:
    """The recipe without the phases whose losses have nothing to judge: flow nets' own phase, say, after `--set merge=...`.

    Their share of the steps goes to the other phases. A recipe of idle phases alone stays as it is.
    """
    given = frozenset[Fact]().union(*(component.gives for _, component in _spine(recipe, catalog)))

    def works(name: str) -> bool:
        term = recipe.losses[name]
        return term.weight != 0 and catalog.component("loss", term.use).judges <= given

    busy = [phase for phase in recipe.phases if any(map(works, phase.losses))]
    return recipe.model_copy(update={"phases": busy}) if busy else recipe


def needs_of(component: Component, part: Part) -> frozenset[Fact]:
    """What a part needs, the options that `part` sets considered."""
    facts: frozenset[Fact] = frozenset(component.needs)
    return facts.union(*(more for choice, more in component.needs_with.items() if _chosen(choice, part)))


def _chosen(choice: str, part: Part) -> bool:
    [(option, value)] = parse_change(choice).items()
    return option in part.options and bool(part.options[option] == value)


def _nets(track: Track) -> set[Fact]:
    named: dict[Fact, Part | None] = {"features": track.features, "detector": track.detector}
    return {fact for fact, net in named.items() if net}


def _spine(recipe: Recipe, catalog: Catalog) -> Iterable[tuple[Part, Component]]:
    parts = recipe.parts()
    return [(parts[k], catalog.component(k, parts[k].use)) for k in _SPINE if k in parts]


def _judging(facts: Set[Fact], catalog: Catalog) -> list[Component]:
    """The losses that judge these facts, if there are any to judge."""
    losses: list[Component] = [o[0][1] for o in catalog.components["loss"].items.values()]
    return [c for c in losses if facts and c.judges == facts]


def _require(
    component: Component, part: Part, given: Set[Fact], recipe: Recipe, catalog: Catalog, stand_ins: Iterable[str] = ()
) -> None:
    for fact in sorted(needs_of(component, part) - given):
        raise _impossible(f"{component.kind} {component.name}", fact, recipe, catalog, stand_ins)


def _impossible(who: str, fact: Fact, recipe: Recipe, catalog: Catalog, stand_ins: Iterable[str] = ()) -> ZooError:
    return ZooError(
        f"{who} needs {fact}, which nothing before it gives",
        where=f"recipe {recipe.name} ({recipe.variant})",
        fix=" or ".join([*stand_ins, _mend(fact, catalog)]),
        exit_code=2,
    )


def _mend(fact: Fact, catalog: Catalog) -> str:
    if fact == "features":
        return "name a feature net in the track: features = ..."
    if fact == "detector":
        return "name a pose detector in the track: detector = ..., or give the losses that need one weight = 0"
    if fact == "cycle":
        return 'until = "cycle" in the phase'
    if fact in ("target.parsing", "parsing.logits"):
        givers: list[Component] = [o[0][1] for o in catalog.components["parsing"].items.values()]
        options = [f"--set parsing={c.name}" for c in givers] + ["--set oracle=true"] * (fact == "target.parsing")
    else:
        options = [f"--set {c.kind}={c.name}" for c in catalog.giving(fact, _SPINE)]
        options += [f"a track on {c.name}" for c in catalog.giving(fact, ("dataset",))]
    return " or ".join(options) or f"no installed plugin gives {fact}"
