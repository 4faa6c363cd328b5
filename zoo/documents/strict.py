"""The one strict document model: frozen, misspelt keys refused."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from zoo.errors import ZooError, nearest

M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """What is written down: nothing unknown in it, no infinite number, and unchangeable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validated_model(model: type[M], document: Mapping[str, Any], where: str, more: Iterable[str] = ()) -> M:
    """Validate a document against a schema, with a readable error; `more` are keys that a misspelt one may also have meant."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(x) for x in first["loc"])
        fix = "zoo show NAME prints a recipe that works"
        what = f"{key}: {first['msg']}"
        if first["type"] == "extra_forbidden":
            what, fix = f"unknown key {key!r}", nearest(str(first["loc"][-1]), {*model.model_fields, *more})
        elif first["type"] == "missing":
            what, fix = f"missing key {key!r}", "add it"
        raise ZooError(what, where=where, fix=fix, exit_code=2) from error
