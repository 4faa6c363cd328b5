"""Names: the ones that are fixed, those a document may give, and how any name is made safe for a file."""

import hashlib
import re
from typing import Annotated

from pydantic import AfterValidator

from zoo.documents.misfits import Misfit

FULL = "full"  # the variant of a recipe without a variant
BEST = "zoo.best"  # the alias that answers "which one should I use?"
BASELINES = ("copy", "mean")  # recipes that any method must beat
LONGEST = 80  # characters of a name
_SHORT = 56  # of a name in a file's: three, a seed, a digest and the ending of a temporary file stay below 255


def safe_name(text: str) -> str:
    """`text` in characters that every file system takes: no separator, no leading dot, not long.

    What had to be changed ends in a digest of the text, so that two names never become one file.
    """
    safe = re.sub(r"[^A-Za-z0-9._+=-]", "-", text).lstrip(".")
    if safe == text and 0 < len(text) <= _SHORT:
        return text
    return f"{safe[:_SHORT]}-{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()[:6]}"


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
