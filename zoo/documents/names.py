"""Names: the ones that are fixed, those a document may give, and how any name is made safe for a file."""

import re
from typing import Annotated

from pydantic import AfterValidator

from zoo.documents.misfits import Misfit

FULL = "full"  # the variant of a recipe without a variant
LONGEST = 80  # characters of a name: three of them and a digest still make a file name


def safe_name(text: str) -> str:
    """`text` in characters that every file system takes; no separator and no leading dot survives."""
    return re.sub(r"[^A-Za-z0-9._+=-]", "-", text).lstrip(".") or "-"


def _name(text: str) -> str:
    return _checked(text, ". _ + = -")


def _key(text: str) -> str:
    return _checked(text, "_ -")


def _checked(text: str, marks: str) -> str:
    if len(text) > LONGEST:
        raise Misfit(f"{text[:20]!r}... is longer than {LONGEST} characters", "choose a shorter name")
    if not re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9{marks.replace(' ', '')}]*", text):
        raise Misfit(f"{text!r} cannot be a name", f"write letters, digits and {marks} only, a letter or a digit first")
    return text


Name = Annotated[str, AfterValidator(_name)]  # of a recipe, variant, size or track: it becomes part of a file's name
Key = Annotated[str, AfterValidator(_key)]  # of a phase or a loss: --set reaches it between two dots
