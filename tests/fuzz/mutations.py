"""Inputs that are nearly right: documents with a strange value in the wrong place, and files with damaged bytes."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

DEEP: Any = 0
for _ in range(300):
    DEEP = [DEEP]

NUMBERS = (0, -1, 1, 3, 0.5, -0.0, 1e-320, 1e308, -1e308, float("nan"), float("inf"), 2**31, 2**63, 2**70, 10**400)
TEXTS = (
    "",
    " ",
    "a",
    "../../x",
    "/etc/passwd",
    "\x1b[2J",
    "\n",
    "\x00",
    "\ud800",
    "\u202e",
    "名",
    "x" * 5000,
    "NaN",
    "none",
    "1e9",
)
STRANGE = (None, True, *NUMBERS, *TEXTS, [], {}, [[]], [None], {"": {}}, {"use": 3}, [0] * 1000, DEEP)
TOKENS = (
    "0", "-1", "1e308", "nan", "inf", "1" + "0" * 30, "1" + "0" * 400, "1" + "0" * 5000, "true", "''", "[]", "{}", "1979-05-27",
    "07:32:00", '"../../x"', '"\\u001b[2J"', '"\\u0000"', f'"{"x" * 5000}"', "[" * 2000 + "]" * 2000, "{ use = 3 }", "[[], {}]",
    "'base.l1'", "'none'", "0x7fffffffffffffff", "-0.0", "[1, [2, [3]]]", '"a\\nb"',
)  # fmt: skip
PIECES = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"{",
    b"]",
    b'"',
    b"\n",
    b"9" * 400,
    b"-",
    b"1e999",
    b"\x7f" * 8,
    b"NaN",
    b",",
)


def strange_documents(seeds: Sequence[Any], mend: Callable[[Any], Any] = lambda document: document) -> st.SearchStrategy[bytes]:
    """JSON of one of `seeds` with up to three places changed; `mend` makes good what would be noticed first, as an id is."""

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        document = copy.deepcopy(draw(st.sampled_from(seeds)))
        for _ in range(draw(st.integers(1, 3))):
            _change(draw, document)
        return json.dumps(mend(document)).encode()

    return drawn()


def _change(draw: st.DrawFn, document: Any) -> None:
    places = list(_places(document))
    if not places:
        return
    inside, key = places[draw(st.integers(0, len(places) - 1))]
    action = draw(st.sampled_from(("replace", "replace", "delete", "add", "wrap", "swap")))
    if action == "replace":
        inside[key] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
    elif action == "delete":
        del inside[key]
    elif action == "add" and isinstance(inside, dict):
        inside[draw(st.sampled_from(TEXTS))] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
    elif action == "wrap":
        inside[key] = [inside[key]]
    else:
        other, place = places[draw(st.integers(0, len(places) - 1))]
        inside[key] = copy.deepcopy(other[place])


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    keys = document.keys() if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield document, key
        yield from _places(document[key])


def strange_lines(seeds: Sequence[bytes], separator: bytes) -> st.SearchStrategy[bytes]:
    """One of `seeds`, lines of `key SEPARATOR value`, with up to three lines changed."""

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        lines = draw(st.sampled_from(seeds)).split(b"\n")
        for _ in range(draw(st.integers(1, 3))):
            i = draw(st.integers(0, len(lines) - 1))
            key, found, _ = lines[i].partition(separator)
            action = draw(st.sampled_from(("value", "value", "value", "key", "delete", "repeat", "move")))
            if action == "value" and found:
                lines[i] = key + separator + draw(st.sampled_from(TOKENS)).encode()
            elif action == "key" and found:
                lines[i] = b"x" + lines[i]
            elif action == "repeat":
                lines.insert(i, lines[i])
            elif action == "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(i))
            else:
                lines[i] = b""
        return b"\n".join(lines)

    return drawn()


def damaged(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """The bytes of one of `seeds`, cut, repeated, or with up to four pieces overwritten or inserted."""

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        content = bytearray(draw(st.sampled_from(seeds)))
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(content)))
            piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(min_size=1, max_size=4)))
            action = draw(st.sampled_from(("overwrite", "overwrite", "insert", "cut", "repeat")))
            if action == "overwrite":
                content[at : at + len(piece)] = piece
            elif action == "insert":
                content[at:at] = piece
            elif action == "cut":
                del content[at : at + draw(st.sampled_from((1, 8, 64, 1 << 20)))]
            else:
                content[at:at] = content[max(at - 64, 0) : at]
        return bytes(content)

    return drawn()
