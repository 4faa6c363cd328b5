"""Documents that cannot change unnoticed: their id is the sha256 of what they say. Imports no torch."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from zoo.documents.strict import Strict
from zoo.errors import ZooError


class OtherKindError(ZooError):
    """A sealed document, but not of the kind that was asked for."""


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Sealed(Strict):
    """A content with its id. Change it by `of`, not by `model_copy`."""

    content: ClassVar[type[Strict]]  # the same document without an id

    id: Sha256

    @model_validator(mode="before")
    @classmethod
    def _unaltered(cls, document: Any) -> Any:
        if isinstance(document, dict) and document.get("id") != content_digest(document):
            raise ValueError("the content does not match its id: it was altered after it was written")
        return document

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Seal a content without an id; ValidationError when it is no content."""
        document = cls.content.model_validate(content).model_dump(mode="json")
        return cls.model_validate({"id": content_digest(document), **document})

    def encoded(self) -> bytes:
        """The file's content: JSON, the id first."""
        return json.dumps({"id": self.id, **self.model_dump(mode="json", exclude={"id"})}, indent=1).encode() + b"\n"


def content_digest(document: Mapping[str, Any]) -> str:
    """sha256 of canonical JSON without the id: sorted keys, no spaces, no NaN."""
    content = {key: value for key, value in document.items() if key != "id"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
