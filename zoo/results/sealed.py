"""Documents that cannot change unnoticed: their id is the sha256 of what they say. Imports no torch."""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from zoo.documents.files import write_atomically
from zoo.documents.misfits import explained
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict
from zoo.errors import ZooError

LARGEST = 1 << 20  # bytes of one; those of the zoo take 7,000
KINDS = {None: "a run", "score": "scores of pictures", "speed": "a measurement of speed"}  # what one holds, by its `kind`
_SHOWN = 200  # characters of what is wrong


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

    @property
    def file_name(self) -> str:
        """The name that it is written under."""
        raise NotImplementedError

    def encoded(self) -> bytes:
        """The file's content: JSON, the id first."""
        return json.dumps({"id": self.id, **self.model_dump(mode="json", exclude={"id"})}, indent=1).encode() + b"\n"

    def write(self, folder: Path) -> Path:
        """Write it under its own name and return the path."""
        write_atomically(folder / self.file_name, self.encoded())
        return folder / self.file_name


S = TypeVar("S", bound=Sealed)


def read(form: type[S], path: Path) -> S:
    """Read one; ZooError when it does not parse, does not fit, is of another kind, or was altered after it was written."""
    wanted, document = _kind(form), dict[str, Any]()
    try:
        document = _document(read_bounded(path, LARGEST))
        kind = document.get("kind")
        if kind != wanted and (kind is None or isinstance(kind, str)) and kind in KINDS:
            what = f"{path.name} holds {KINDS[kind]}, not {KINDS[wanted]}"
            raise OtherKindError(what, where=str(path), fix=f"name the record of {KINDS[wanted]}")
        return form.model_validate(document)
    except ValidationError as error:
        why = explained(error, form, document)[0]
    except (ValueError, RecursionError) as error:
        why = str(error)
    what = f"{path.name} is not a valid record of {KINDS[wanted]}: {why[:_SHOWN]}"
    raise ZooError(what, where=str(path.parent), fix="restore it, or remove it and do again what left it")


def read_all(form: type[S], folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> list[S]:
    """All of one kind in the folders, each once; what is broken is reported and left out, other kinds are silently."""
    found: dict[str, S] = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        try:
            record = read(form, path)
        except OtherKindError:
            continue
        except ZooError as error:
            report(str(error))
            continue
        found.setdefault(record.id, record)
    return list(found.values())


def _kind(form: type[Sealed]) -> str | None:
    field = form.model_fields.get("kind")
    return field.default if field else None  # records of runs say none


def _document(content: bytes) -> dict[str, Any]:
    """The JSON table in a file; ValueError when it holds none, or text that is not Unicode: half a surrogate pair, say."""
    document = json.loads(content.decode())
    if not isinstance(document, dict):
        raise ValueError("it holds no table")
    if b"\\u" in content:  # an escape may spell half a pair
        json.dumps(document, ensure_ascii=False).encode()
    return document


def content_digest(document: Mapping[str, Any]) -> str:
    """sha256 of canonical JSON without the id: sorted keys, no spaces, no NaN."""
    content = {key: value for key, value in document.items() if key != "id"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
