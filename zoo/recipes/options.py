"""A component's keyword-only arguments are its options: validated by pydantic, misspelt ones refused."""

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo

from zoo.documents.misfits import explained
from zoo.errors import ZooError, nearest, told
from zoo.hookspecs import Component, Kind, Option
from zoo.recipes.catalog import Catalog, import_component
from zoo.recipes.recipe import Part, Recipe


def options_model(component: Component, factory: Callable[..., Any]) -> type[BaseModel]:
    """A pydantic model of the options of a component."""
    initialise = factory.__init__ if inspect.isclass(factory) else factory
    hints = typing.get_type_hints(initialise, include_extras=True)
    fields = {
        name: (hints.get(name, Any), ... if parameter.default is parameter.empty else parameter.default)
        for name, parameter in inspect.signature(initialise).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())
    return create_model(component.name, __config__=config, **typing.cast(Any, fields))


def option_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Every option by name; one that is a set of options itself is told as its own, `augment.flip`."""
    found: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        inner = field.annotation
        if inspect.isclass(inner) and issubclass(inner, BaseModel):
            found |= {f"{name}.{one}": about for one, about in option_fields(inner).items()}
        else:
            found[name] = field
    return found


def described(field: FieldInfo) -> Option | None:
    """What the author says of an option: `Annotated[int, Option(...)]`."""
    return next((note for note in field.metadata if isinstance(note, Option)), None)


def set_options(recipe: Recipe, catalog: Catalog) -> Iterator[tuple[str, Any, Option | None]]:
    """Every option that the recipe sets, as (`merge.width`, value, what its author says of it)."""
    for key, kind, part in recipe.named_parts():
        component = catalog.component(kind, part.use)
        fields = option_fields(options_model(component, import_component(component))) if part.options else {}
        for name, value in _flat(part.options, fields):
            yield f"{key}.{name}", value, described(fields[name])


def _flat(options: Mapping[str, Any], fields: Mapping[str, FieldInfo], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if prefix + name not in fields and isinstance(value, Mapping):
            yield from _flat(value, fields, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def multiple_of(component: Component, part: Part) -> int:
    """What H and W must be multiples of for this part, with the options it is given; 1 for an option that is no number."""
    if isinstance(component.multiple, int):
        return component.multiple
    power, name = component.multiple.startswith("2**"), component.multiple.removeprefix("2**")
    fields = options_model(component, import_component(component)).model_fields
    if name not in fields:
        raise ZooError(
            f"{component.kind} {component.name} takes sizes in multiples of {component.multiple!r}, which is no option of it",
            where=component.target,
            fix=nearest(name, fields),
        )
    value = part.options.get(name, fields[name].default)
    if not isinstance(value, int) or not 0 < value < (32 if power else 2**13):
        return 1  # refused where the options are validated
    return int(2**value) if power else value


def validated(component: Component, factory: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with defaults filled in; a ZooError names the wrong one and the nearest right one."""
    model = options_model(component, factory)
    try:
        checked = model(**options)
    except ValidationError as error:
        raise _explain(component, model, error, options) from error
    return {name: getattr(checked, name) for name in model.model_fields}


class OptionError(ZooError):
    """An option of `component` that does not exist or cannot be this."""

    def __init__(self, component: Component, option: str, what: str, fix: str, where: str = "") -> None:
        self.component, self.option = component, option
        super().__init__(what, where=where or f"{component.kind} = {component.name}", fix=fix, exit_code=2)

    def blamed(self, recipe: Recipe) -> "OptionError":
        """The same, where it was said: in the --set change of the recipe that sets this option of this part, if one does."""
        places = [place for place, _, part in recipe.named_parts() if part.use == self.component.name]
        said = recipe.said(*(key for place in places for key in (place, f"{place}.{self.option}")))
        return OptionError(self.component, self.option, self.what, self.fix, said) if said else self


def _explain(component: Component, model: type[BaseModel], error: ValidationError, options: Mapping[str, Any]) -> OptionError:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        known = [*option_fields(model), "wear", *(["weight"] if component.kind == "loss" else [])]
        return OptionError(component, name, f"{component.name} has no option {name!r}", nearest(name, known))
    what, fix = explained(error, model, options)
    explains = f"{fix}; zoo show {component.name} explains the options"
    return OptionError(component, name, f"{component.name}: {what}", explains)


def check_recipe(catalog: Catalog, recipe: Recipe) -> None:
    """Refuse a misspelt or ill-typed option of any part of the recipe, before any is built."""
    try:
        for _, kind, part in recipe.named_parts():
            if kind != "wrapper":  # checked with the part that wears it
                check_options(catalog, kind, part)
    except OptionError as error:
        raise error.blamed(recipe) from error


def check_options(catalog: Catalog, kind: Kind, part: Part) -> None:
    """Refuse a misspelt or ill-typed option of a component that is built later, or not at all in this run."""
    _builder(catalog, kind, part)


def construct(catalog: Catalog, kind: Kind, part: Part, context: Any) -> Any:
    """Build one component, `Class(context, **options)`, in its wrappers, `Class(context, inner, **options)`."""
    build = _builder(catalog, kind, part)
    try:
        return build(context)
    except ZooError:
        raise
    except Exception as error:
        what = f"{kind} {part.use} could not be built: {told(error)}"
        fix = "the same command with --debug shows where; its author must mend it"
        raise ZooError(what, where=catalog.component(kind, part.use).target, fix=fix) from error


def _builder(catalog: Catalog, kind: Kind, part: Part) -> Callable[[Any], Any]:
    """What builds the part in its context; its options are validated when it is asked for the first time."""
    key = kind, id(part)  # no other part has the id while the catalogue holds this one
    if key not in catalog.builders:
        catalog.builders[key] = part, _assembled(catalog, kind, part)
    return catalog.builders[key][1]


def _assembled(catalog: Catalog, kind: Kind, part: Part) -> Callable[[Any], Any]:
    build = _ready(catalog.component(kind, part.use), part)
    for worn in part.wear:
        build = partial(_ready(catalog.wrapper(kind, worn.use), worn), inner=build)
    return build


def _ready(component: Component, part: Part) -> Callable[..., Any]:
    factory = import_component(component)
    return partial(factory, **validated(component, factory, part.options))
