"""Checks, before torch is imported, that a recipe's parts need nothing the parts before them and the track do not give."""

from collections.abc import Iterable

from zoo.errors import ZooError
from zoo.hookspecs import Component, Kind
from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track

_SPINE: tuple[Kind, ...] = ("pose", "parsing", "style", "merge", "generator")


def check_mix(recipe: Recipe, track: Track, catalog: Catalog) -> None:
    """Raise a ZooError with the line that mends it when the recipe cannot run on the track."""
    given = set(catalog.component("dataset", track.dataset.use).gives)
    given |= {net for net in ("features", "detector") if getattr(track, net)}
    if recipe.oracle:
        if "source.parsing" not in given:
            raise _impossible("oracle = true", "source.parsing", recipe, catalog)
        given.add("target.parsing")
    for component in _spine(recipe, catalog):
        _require(component, given, recipe, catalog)
        given |= component.gives
        if component.kind == "parsing":
            given |= {"target.parsing", "parsing.logits"}
    for phase in recipe.phases:
        pairing = catalog.component("pairing", phase.pairing.use)
        _require(pairing, given, recipe, catalog)
        known = given | ({"cycle"} if phase.until == "cycle" else set())
        for name in phase.losses:
            if recipe.losses[name].weight:
                loss = catalog.component("loss", recipe.losses[name].use)
                stand_ins = [f"--set losses.{name}={c.name}" for c in _judging(loss.judges, catalog) if c.needs <= known]
                _require(loss, known, recipe, catalog, stand_ins)


def without_idle_phases(recipe: Recipe, catalog: Catalog) -> Recipe:
    """The recipe without the phases whose losses have nothing to judge: flow nets' own phase, say, after `--set merge=...`.

    Their share of the steps goes to the other phases. A recipe of idle phases alone stays as it is.
    """
    given = frozenset[str]().union(*(part.gives for part in _spine(recipe, catalog)))

    def works(name: str) -> bool:
        term = recipe.losses[name]
        return term.weight != 0 and catalog.component("loss", term.use).judges <= given

    busy = [phase for phase in recipe.phases if any(map(works, phase.losses))]
    return recipe.model_copy(update={"phases": busy}) if busy else recipe


def _spine(recipe: Recipe, catalog: Catalog) -> Iterable[Component]:
    parts = recipe.parts()
    return [catalog.component(k, parts[k].use) for k in _SPINE if k in parts]


def _judging(facts: frozenset[str], catalog: Catalog) -> list[Component]:
    """The losses that judge these facts, if there are any to judge."""
    losses: list[Component] = [o[0][1] for o in catalog.components["loss"].items.values()]
    return [c for c in losses if facts and c.judges == facts]


def _require(component: Component, given: set[str], recipe: Recipe, catalog: Catalog, stand_ins: Iterable[str] = ()) -> None:
    for fact in sorted(component.needs - given):
        raise _impossible(f"{component.kind} {component.name}", fact, recipe, catalog, stand_ins)


def _impossible(who: str, fact: str, recipe: Recipe, catalog: Catalog, stand_ins: Iterable[str] = ()) -> ZooError:
    return ZooError(
        f"{who} needs {fact}, which nothing before it gives",
        where=f"recipe {recipe.name} ({recipe.variant})",
        fix=" or ".join([*stand_ins, _mend(fact, catalog)]),
        exit_code=2,
    )


def _mend(fact: str, catalog: Catalog) -> str:
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
