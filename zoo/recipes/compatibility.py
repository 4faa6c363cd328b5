"""Checks, before torch is imported, that a recipe's parts need nothing that the parts before them and the track do not give."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial

from zoo.errors import ZooError
from zoo.hookspecs import Component, Fact, Kind, Outlook
from zoo.recipes.catalog import Catalog, import_component
from zoo.recipes.patch import parse_change
from zoo.recipes.recipe import Part, Recipe
from zoo.recipes.track import Track
from zoo.regions import remap_table, vocabulary

_SPINE: tuple[Kind, ...] = ("pose", "parsing", "style", "merge", "generator")
_CYCLE: frozenset[Fact] = frozenset({"cycle"})
Reason = tuple[str, str]  # why something cannot work, and the mend


@dataclass(frozen=True)
class Want:
    """A fact that somebody needs and nobody before gives."""

    who: str
    fact: Fact
    stand_ins: tuple[str, ...] = ()  # changes that would do without it


def check_mix(recipe: Recipe, track: Track, catalog: Catalog) -> None:
    """Raise a ZooError with every reason why the recipe cannot run on the track, and the lines that mend it."""
    unknown = list(_unknown(recipe, track, catalog))
    _refuse(unknown, recipe)
    data = catalog.component("dataset", track.dataset.use)
    outlook = outlook_of(data, track.dataset)
    first = (_told(data) - outlook.lacks.keys()) | track.nets().keys()
    missing = _missing(recipe, first, catalog, outlook.lacks)
    misshapen = _misshapen(recipe, track.size, catalog, _told_multiple)
    _refuse([*missing, *_alone(recipe, catalog), *_misworded(recipe, outlook), *misshapen], recipe)


def outlook_of(component: Component, part: Part) -> Outlook:
    """What a data set will give with these options, as far as it can tell."""
    if not component.outlook:
        return Outlook()
    found: Outlook = import_component(replace(component, target=component.outlook))(part.options)
    return found


def check_facts(recipe: Recipe, first: Set[Fact], catalog: Catalog) -> None:
    """Raise a ZooError with every reason why the recipe cannot run where no more is given `first` than these facts."""
    _refuse([*_missing(recipe, first, catalog), *_alone(recipe, catalog)], recipe)


def check_size(recipe: Recipe, size: tuple[int, int], catalog: Catalog, multiple: Callable[[Component, Part], int]) -> None:
    """Raise a ZooError for an image size (H,W) that parts do not take, each of which takes multiples of `multiple`."""
    _refuse(list(_misshapen(recipe, size, catalog, multiple)), recipe)


def _refuse(reasons: list[Reason], recipe: Recipe) -> None:
    if reasons:
        whats, fixes = zip(*reasons, strict=True)
        where = f"recipe {recipe.name} ({recipe.variant})"
        raise ZooError("; ".join(whats), where=where, fix="; ".join(dict.fromkeys(fixes)), exit_code=2)


def _unknown(recipe: Recipe, track: Track, catalog: Catalog) -> Iterator[Reason]:
    named: list[tuple[Kind, Part | None]] = [(kind, part) for _, kind, part in recipe.named_parts()]
    named += [("dataset", track.dataset), ("judge", track.judge), *track.nets().items()]
    look_ups: list[Callable[[], object]] = [partial(catalog.component, kind, part.use) for kind, part in named if part]
    look_ups.append(partial(vocabulary, recipe.regions))
    for look_up in look_ups:
        try:
            look_up()
        except ZooError as error:
            yield error.what, error.fix


def _misworded(recipe: Recipe, outlook: Outlook) -> Iterator[Reason]:
    if outlook.vocabulary:
        try:
            remap_table(outlook.vocabulary, recipe.regions, recipe.remap)
        except ZooError as error:
            yield error.what, error.fix


def _missing(recipe: Recipe, first: Set[Fact], catalog: Catalog, mends: Mapping[Fact, str] = {}) -> Iterator[Reason]:
    wants: dict[Fact, list[Want]] = {}
    for want in _wants(recipe, first, catalog):
        wants.setdefault(want.fact, []).append(want)
    for fact, group in wants.items():
        who, stand_ins = (list(dict.fromkeys(x)) for x in ((w.who for w in group), (s for w in group for s in w.stand_ins)))
        needs, them = ("needs", "it") if len(who) == 1 else ("need", "them")
        yield (
            f"{', '.join(who)} {needs} {fact}, which nothing before {them} gives",
            " or ".join([*stand_ins, mends.get(fact) or _mend(fact, catalog)]),
        )


def _wants(recipe: Recipe, first: Set[Fact], catalog: Catalog) -> Iterator[Want]:
    given = set(first)
    if recipe.oracle:
        if "source.parsing" not in given:
            yield Want("oracle = true", "source.parsing")
        given |= {"target.parsing", "true.image"}
    for part, component in _spine(recipe, catalog):
        yield from _wanted(component, part, given)
        given |= component.gives
        if component.kind == "parsing":
            given |= {"target.parsing", "parsing.logits"}
    for phase in recipe.phases:
        yield from _wanted(catalog.component("pairing", phase.pairing.use), phase.pairing, given)
        known = given | (_CYCLE if phase.until == "cycle" else frozenset())
        for name in phase.losses:
            term = recipe.losses[name]
            if term.weight:
                loss = catalog.component("loss", term.use)
                others = sorted(
                    (c.name for c in _judging(loss.judges, catalog) if c.needs <= known),
                    key=lambda name: _plugin_of(name) != _plugin_of(loss.name),  # what was made for the same parts first
                )
                yield from _wanted(loss, term, known, (f"--set losses.{name}={other}" for other in others))


def _alone(recipe: Recipe, catalog: Catalog) -> Iterator[Reason]:
    """What takes one photo of a person where the recipe has several."""
    if recipe.sources == 1:
        return
    outermost = catalog.wrapper("merge", recipe.merge.wear[-1].use) if recipe.merge.wear else None
    if "sources" not in (outermost or catalog.component("merge", recipe.merge.use)).gives:
        able = [c.name for c in catalog.giving("sources", ("wrapper",))]
        mend = " or ".join(f"name {name} last in merge.wear" for name in able) or "no installed plugin merges several"
        yield f"sources = {recipe.sources}, and merge {recipe.merge.use} takes one photo of a person", mend
    for phase in recipe.phases:
        if "sources" not in catalog.component("pairing", phase.pairing.use).gives:
            able = [f"--set phases.{phase.name}.pairing={c.name}" for c in catalog.giving("sources", ("pairing",))]
            yield f"sources = {recipe.sources}, and pairing {phase.pairing.use} draws one photo of a person", " or ".join(able)


def _wanted(component: Component, part: Part, given: Set[Fact], stand_ins: Iterable[str] = ()) -> Iterator[Want]:
    doing_without = tuple(stand_ins)
    for fact in sorted(needs_of(component, part) - given):
        yield Want(f"{component.kind} {component.name}", fact, doing_without)


def _misshapen(
    recipe: Recipe, size: tuple[int, int], catalog: Catalog, multiple: Callable[[Component, Part], int]
) -> Iterator[Reason]:
    for part, component in _spine(recipe, catalog):
        step = multiple(component, part)
        if step > 1 and any(side % step for side in size):
            near = "x".join(str(max(step, round(side / step) * step)) for side in size)
            takes = f"takes images whose sides are multiples of {step}, not {size[0]}x{size[1]}"
            yield f"{component.kind} {component.name} {takes}", f"a track of size {near}"
    for phase in recipe.phases:
        if any(side % phase.reduce for side in size):
            what = f"phase {phase.name!r} judges images {phase.reduce} times smaller, which {size[0]}x{size[1]} cannot be"
            yield what, f"--set phases.{phase.name}.reduce=1"


def _told_multiple(component: Component, part: Part) -> int:
    """What H and W must be multiples of, as far as it is known without the part's code: its defaults are not."""
    if isinstance(component.multiple, int):
        return component.multiple
    value = part.options.get(component.multiple.removeprefix("2**"))
    if not isinstance(value, int) or not 0 < value < 32:
        return 1
    return 2**value if component.multiple.startswith("2**") else value


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


def _plugin_of(name: str) -> str:
    return name.partition(".")[0]


def needs_of(component: Component, part: Part) -> frozenset[Fact]:
    """What a part needs, the options that `part` sets considered."""
    facts: frozenset[Fact] = frozenset(component.needs)
    return facts.union(*(more for choice, more in component.needs_with.items() if _chosen(choice, part)))


def _chosen(choice: str, part: Part) -> bool:
    [(option, value)] = parse_change(choice).items()
    return option in part.options and bool(part.options[option] == value)


def _told(dataset: Component) -> set[Fact]:
    """What a data set gives: whoever has no edges has joints."""
    given = set(dataset.gives)
    return given if "edges" in given else given | {"joints"}


def _spine(recipe: Recipe, catalog: Catalog) -> Iterator[tuple[Part, Component]]:
    parts = recipe.parts()
    for kind in (k for k in _SPINE if k in parts):
        yield parts[kind], catalog.component(kind, parts[kind].use)
        yield from ((worn, catalog.wrapper(kind, worn.use)) for worn in parts[kind].wear)


def _judging(facts: Set[Fact], catalog: Catalog) -> list[Component]:
    """The losses that judge these facts, if there are any to judge."""
    losses: list[Component] = [o[0][1] for o in catalog.components["loss"].items.values()]
    return [c for c in losses if facts and c.judges == facts]


def _mend(fact: Fact, catalog: Catalog) -> str:
    if fact == "features":
        return "name a feature net in the track: features = ..."
    if fact == "detector":
        return "name a pose detector in the track: detector = ..., or give the losses that need one weight = 0"
    if fact == "true.image":
        return "--set oracle=true"
    if fact == "codec":
        return "name a codec in the track: codec = ..."
    if fact == "cycle":
        return "--set phases.PHASE.until=cycle"
    if fact in ("target.parsing", "parsing.logits"):
        givers: list[Component] = [o[0][1] for o in catalog.components["parsing"].items.values()]
        options = [f"--set parsing={c.name}" for c in givers] + ["--set oracle=true"] * (fact == "target.parsing")
    else:
        options = [f"--set {c.kind}={c.name}" for c in catalog.giving(fact, _SPINE)]
        options += [f"a track on {c.name}" for c in catalog.giving(fact, ("dataset",))]
    return " or ".join(options) or f"no installed plugin gives {fact}"
