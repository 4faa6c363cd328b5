"""The one exception users see."""

import re
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

_SHOWN = 30  # names an error lists
_MOST = 500  # characters of somebody else's error
_HERE = str(Path(__file__).parent)
_CHANGE = r"--set ([\w.]+=[\w.-]*\w)(?![\w\"'\[{])"
_ASKED = re.compile(rf"\b(?:zoo|pip) [a-z][^,;:()]*|{_CHANGE}|(?<![\w-])--([a-z][a-z-]*)")  # a whole command, a change, a flag
_ARGUMENTS = {
    "set": "changes", "without": "leave", "from": "source", "target-frame": "size", "target-parsing": "layout",
    "reference-parsing": "parsing", "from-scratch": "from_scratch=True", "resume": "resume=True", "force": "force=True",
    "debug": "--debug", "port": "--port", "head": "--head",  # of commands alone
}  # fmt: skip


class ZooError(Exception):
    """Something the user can mend: `what` went wrong, `where`, and the `fix`. They name flags, as the command line has them.

    As text it names the arguments of the Python API instead; `spoken` is what the command line says.
    `exit_code` is 2 for a wrong call (a misspelt name, an impossible mix), 1 for a failure (a broken file, a full disk).
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "", exit_code: int = 1) -> None:
        self.what, self.where, self.fix, self.exit_code = visible(what), visible(where), visible(fix), exit_code
        super().__init__(in_python(self.spoken))

    @property
    def spoken(self) -> str:
        """What, where and the mend, with flags."""
        lines = [self.what, self.where and f"  where: {self.where}", self.fix and f"  fix:   {self.fix}"]
        return "\n".join(filter(None, lines))


def in_python(text: str) -> str:
    """`text` with the arguments of the Python API instead of flags, `steps` for `--steps`; whole commands stay."""

    def argument(found: re.Match[str]) -> str:
        command, change, flag = found[0], found[1], found[2]
        if change:
            return f'changes=["{change}"]'
        return _ARGUMENTS.get(flag, flag.replace("-", "_")) if flag else command

    return _ASKED.sub(argument, text)


def visible(text: str) -> str:
    """`text` on one line, with what steers a terminal or turns the writing round as escapes: `\\x1b`, `\\n`, `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class LostProcessError(ZooError):
    """Another one of several processes has ended, or does not answer."""


class OneProcessError(ZooError):
    """What went wrong in one of several processes that is not the main one, so that nobody else can tell."""


def told(error: BaseException) -> str:
    """A plugin's error on one line of bounded length, and where in the plugin: `ValueError: half way (merge.py, line 3)`."""
    try:
        text = str(error)
    except Exception:  # its own words may fail as well
        text = "(an error that cannot be printed)"
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_a_plugin_s(frame.filename)]
    place = f" ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""
    return visible(f"{type(error).__name__}: {text}")[:_MOST] + place


def _is_a_plugin_s(file: str) -> bool:
    return not file.startswith(("<", _HERE)) and not {"torch", "pluggy"} & {*Path(file).parts}


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?` when something known looks like `name`, else the list of what is known."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"known: {', '.join(names[:_SHOWN]) or 'nothing'}{more}"


def unknown(kind: str, name: str, known: Iterable[str], *, where: str = "") -> ZooError:
    """The error for a name nobody knows: a wrong call, with the nearest right name."""
    return ZooError(f"unknown {kind} {name!r}", where=where, fix=nearest(name, known), exit_code=2)
