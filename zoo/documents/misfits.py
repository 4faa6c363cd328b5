"""What is wrong with a document, in our words: pydantic's errors translated, keys spelt as --set spells them."""

import reprlib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from zoo.errors import nearest, visible

Place = tuple[int | str, ...]  # where in a document: ("phases", 0, "lr")

_LIKE = 0.7  # how much a key of another level must look like a misspelt one to be offered


class Misfit(ValueError):  # noqa: N818 (pydantic takes it for a ValueError)
    """What a document's own validators raise: what is wrong with it, and the mend."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def explained(error: ValidationError, model: type[BaseModel], document: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with `document`, and the mend; of several misfits the first, but not that a misspelt key is missing."""
    first = _telling(error.errors())
    place, kind = _in_document(document, first["loc"]), first["type"]
    key = spelt(document, place)
    if kind == "extra_forbidden":
        return f"unknown key {key!r}", _meant(model, document, first["loc"])
    if kind == "missing":
        return _missing(document, place)
    if kind == "union_tag_invalid":
        tag, known = first["ctx"]["tag"], first["ctx"]["expected_tags"].split("'")[1::2]
        return f"{key} has an unknown {first['ctx']['discriminator']}, {tag!r}", nearest(tag, known)
    if kind in ("value_error", "assertion_error"):
        return _sentence(key, first), getattr(first["ctx"]["error"], "fix", f"change {key or 'the document'}")
    return _sentence(key, first), _mend(model, first)


def _telling(misfits: list[ErrorDetails]) -> ErrorDetails:
    *level, name = (first := misfits[0])["loc"] or ("",)
    if first["type"] == "missing":
        for other in misfits:
            beside = other["type"] == "extra_forbidden" and list(other["loc"][:-1]) == level
            if beside and get_close_matches(str(other["loc"][-1]), [str(name)], cutoff=_LIKE):
                return other
    return first


def explained_value(error: ValidationError, name: str) -> str:
    """What is wrong with a value that stands alone, an option of the command line say."""
    return _sentence(name, error.errors()[0])


def _sentence(key: str, details: ErrorDetails) -> str:
    if details["type"] in ("value_error", "assertion_error"):  # a validator's own words
        return f"{key}: {details['ctx']['error']}" if key else str(details["ctx"]["error"])
    return f"{key or 'the document'} must be {_wanted(details)}, not {_shown.repr(details['input'])}"


_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 60

_WANTED = {
    **dict.fromkeys(("string_type", "string_sub_type", "string_unicode", "invalid_key"), "text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a table"),
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), "a date and time"),
    "union_tag_not_found": "a table that says {discriminator}",
    "json_invalid": "JSON",
    "timezone_aware": "a date and time with its zone",
    "finite_number": "a finite number",
    "none_required": "left out",
    "greater_than": "a number more than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "at least {min_length} characters long",
    "string_too_long": "at most {max_length} characters long",
    "string_pattern_mismatch": "text of the form {pattern}",
}  # pydantic's name of an error -> what was wanted


def _wanted(details: ErrorDetails) -> str:
    kind = details["type"]
    return _WANTED.get(kind, f"something else ({kind.replace('_', ' ')})").format(**details.get("ctx", {}))


def _mend(model: type[BaseModel], details: ErrorDetails) -> str:
    wanted = _wanted(details)
    if details["type"] == "literal_error" and isinstance(details["input"], str):
        choices = details["ctx"]["expected"].split("'")[1::2]
        close = get_close_matches(details["input"], choices, n=1)
        if close:
            return f"did you mean {close[0]!r}?"
    field = _level(model, details["loc"]).model_fields.get(str(details["loc"][-1])) if details["loc"] else None
    default = f", or leave it out for {field.default!r}" if field and _has_plain_default(field) else ""
    return f"write {wanted}{default}" if wanted != "left out" else "leave it out"


def _has_plain_default(field: FieldInfo) -> bool:
    return isinstance(field.default, str | int | float | tuple) and field.default != ""


def _missing(document: Mapping[str, Any], place: Place) -> tuple[str, str]:
    *path, name = place
    key = spelt(document, tuple(path))
    if isinstance(name, int):
        return f"{key} is too short", f"write at least {name + 1} of them"
    whole = f"{key}.{name}" if key else name
    siblings = [str(k) for k in _inside(document, path[:-1]) if k != path[-1]] if len(path) > 1 else []
    others = f"{nearest(str(path[-1]), siblings)}; or " if siblings else ""
    return f"missing key {whole!r}", f"{others}add {whole} = ..."


def _meant(model: type[BaseModel], document: Mapping[str, Any], place: Place) -> str:
    """The key that a misspelt one stands for: of its own level, unless it is one of another level, or like one."""
    name, here = str(place[-1]), _level(model, place).model_fields
    elsewhere = dict(_keys(model, document))
    if name in elsewhere:
        return f"did you mean {elsewhere[name]!r}?"
    close = get_close_matches(name, elsewhere, n=1, cutoff=_LIKE)
    if close and not get_close_matches(name, here, n=1, cutoff=_LIKE):
        return f"did you mean {elsewhere[close[0]]!r}?"
    return nearest(name, here)


def _keys(model: type[BaseModel], document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys one level down, as (`lr`, `phases.main.lr`): spelt for the first entry of a list or table of models."""
    for name, field in model.model_fields.items():
        inner, content = next(_models_in(field.annotation), None), document.get(name)
        if inner is not None and content:
            entries = isinstance(content, Mapping) and not content.keys() & inner.model_fields.keys()
            entry = (0,) if isinstance(content, list) else (next(iter(content)),) if entries else ()
            yield from ((key, f"{spelt(document, (name, *entry))}.{key}") for key in inner.model_fields)


def _in_document(document: Any, place: Place) -> Place:
    """`place` without the tags by which pydantic tells the members of a union apart: no document has a key of their name."""
    kept: list[int | str] = []
    for piece in place[:-1]:
        inside = _inside(document, [piece])
        if inside is not None:
            kept.append(piece)
            document = inside
    return (*kept, *place[-1:])


def _level(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """The model in which the last name of `place` is, or should be, a field; of a union the member that a tag names."""
    members: list[type[BaseModel]] = []
    for piece in place[:-1]:
        if field := model.model_fields.get(str(piece)):
            members = list(_models_in(field.annotation))
            model = members[0] if members else model
        else:
            model = next((member for member in members if _is_tagged(member, piece)), model)
    return model


def _is_tagged(model: type[BaseModel], tag: int | str) -> bool:
    return any(get_origin(f.annotation) is Literal and tag in get_args(f.annotation) for f in model.model_fields.values())


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The document models that an annotation is, or is made of: Part | None, list[Phase]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def spelt(document: Any, place: Place) -> str:
    """`place` as --set spells it, list entries by their name: phases.main.lr. What only a schema knows of is left out."""
    pieces = []
    for number, piece in enumerate(place):
        inside = _inside(document, [piece])
        if inside is None and number < len(place) - 1:
            break  # a member of a union, say
        named = isinstance(piece, int) and isinstance(inside, Mapping) and isinstance(inside.get("name"), str)
        pieces.append(visible(str(inside["name"] if named else piece)))
        document = inside
    return ".".join(pieces)


def _inside(document: Any, place: Any) -> Any:
    """What lies at `place`; None where nothing does."""
    for piece in place:
        try:
            document = document[piece]
        except (KeyError, IndexError, TypeError):
            return None
    return document
