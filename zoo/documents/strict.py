"""The one strict document model: frozen, misspelt keys refused."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from zoo.documents.misfits import Misfit, Place, explained, spelt
from zoo.errors import ZooError

M = TypeVar("M", bound=BaseModel)

DEPTH = 16  # tables and lists inside one another; the deepest of ours is 6


class Strict(BaseModel):
    """What is written down: nothing unknown in it, no infinite number, and unchangeable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validated_model(model: type[M], document: Mapping[str, Any], where: str) -> M:
    """Validate a document against a schema; a ZooError says which key is wrong and what would be right."""
    try:
        _refuse_strange(document)
        return model.model_validate(document)
    except Misfit as error:
        raise ZooError(str(error), where=where, fix=error.fix, exit_code=2) from error
    except ValidationError as error:
        what, fix = explained(error, model, document)
        raise ZooError(what, where=where, fix=fix, exit_code=2) from error


def _refuse_strange(document: Mapping[str, Any]) -> None:
    """Misfit for what no schema looks at, inside free options: depth, numbers and text that nothing can work with."""
    stack: list[tuple[Place, Any]] = [((), document)]
    while stack:
        place, value = stack.pop()
        if len(place) > DEPTH:
            raise Misfit(f"{place[0]} is nested more than {DEPTH} deep", "write it flat")
        if isinstance(value, Mapping):
            stack += [((*place, str(k)), v) for k, v in value.items()]
        elif isinstance(value, list | tuple):
            stack += [((*place, i), v) for i, v in enumerate(value)]
        elif isinstance(value, float) and not math.isfinite(value):
            raise Misfit(f"{spelt(document, place)} must be a finite number, not {value}", "write a finite number")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise Misfit(f"{spelt(document, place)} is a number of more than 64 bits", "write a smaller one")
        elif isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise Misfit(f"{spelt(document, place)} is not valid Unicode text", "write it as UTF-8")
