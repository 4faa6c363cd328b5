"""`zoo.new_plugin`, `zoo.check_plugin`."""

from pathlib import Path
from typing import Any

from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import catalog
from zoo.scaffold import write_plugin


def new_plugin(name: str, *, kind: str = "merge", out: str | Path | None = None) -> list[Path]:
    """Write a working plugin, one part of `kind`, a recipe that trains with it, its tests, into `out` or zoo-NAME; the files.

    ZooError for a name that is taken or cannot be one, a kind that no plugin begins with, and for a folder that exists.
    """
    return write_plugin(name, Path(out) if out else Path(f"zoo-{name}"), kind, {plugin.name for plugin in catalog().plugins})


def check_plugin(name: str, *, part: str | None = None) -> dict[str, Any]:
    """Try every promise of an installed plugin, or of one `part`: its contents, its parts, their mixes, its recipes and tracks.

    Each of "checks" has "part", "promise" and "error" (what, where and the mend; empty where it is kept); "untried" has parts
    that cannot be built without options, and which. ZooError for a plugin or a part that nobody knows.
    """
    from zoo.testing import checks, untried

    tries = [one for one in checks(name) if part is None or part in one.part]
    if not tries:
        known = {one.part.split()[-1] for one in checks(name)}
        raise unknown("part", part or "", known, where=f"zoo plugin check {name} --part")
    return {"plugin": name, "checks": [_tried(one) for one in tries], "untried": untried(name)}


def _tried(check: Any) -> dict[str, str]:
    try:
        check()
    except ZooError as broken:
        return {"part": check.part, "promise": check.promise, "error": broken.spoken}
    return {"part": check.part, "promise": check.promise, "error": ""}
