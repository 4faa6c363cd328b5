"""Names that others rely on: none of `stable.txt` may go, and what is public stands in it."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import zoo
from zoo.api import PUBLIC
from zoo.api.pipeline import How
from zoo.api.runs import Asked

LIST = Path(__file__).parent / "stable.txt"


def public() -> Iterator[str]:
    """`zoo.load(recipe)`, `zoo.Painting.image`, `zoo.Pipeline.transfer(source)`: a line for each name and each argument."""
    for name in PUBLIC:
        found = getattr(zoo, name)
        yield f"zoo.{name}"
        if inspect.isclass(found):
            yield from members(f"zoo.{name}", found)
        else:
            yield from arguments(f"zoo.{name}", found)


def members(name: str, found: type) -> Iterator[str]:
    """Fields, properties and methods."""
    own = [field.name for field in (fields(found) if is_dataclass(found) else ())]
    yield from (f"{name}.{field}" for field in own)
    for member, value in vars(found).items():
        if not member.startswith("_") and member not in own and (callable(value) or isinstance(value, property)):
            yield f"{name}.{member}"
            if callable(value):
                yield from arguments(f"{name}.{member}", value)


def arguments(name: str, function: object) -> Iterator[str]:
    """Those of `**how: Unpack[...]`, too."""
    for parameter in inspect.signature(function).parameters.values():  # type: ignore[arg-type]
        if parameter.kind is parameter.VAR_KEYWORD:
            yield from (f"{name}({key})" for key in get_type_hints(How if "transfer" in name else Asked))
        elif parameter.name != "self":
            yield f"{name}({parameter.name})"


def test_no_name_goes_and_none_is_missing() -> None:
    stable, now = LIST.read_text(encoding="utf-8").splitlines(), list(public())
    assert not [line for line in stable if line not in now], "others rely on these: bring them back"
    assert not [line for line in now if line not in stable], "new names: add them to tests/api/stable.txt"


def test_the_order_of_arguments_stays() -> None:
    stable, now = LIST.read_text(encoding="utf-8").splitlines(), list(public())
    assert [line for line in now if line in stable] == stable
