"""What this plugin offers. Imports no torch: `zoo list` reads it every time."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    """One line per part; a name is plugin.part, and `gives` and `needs` are facts listed in zoo.hookspecs."""
    yield Component(
        "merge",
        "myplugin.joints",
        "zoo_myplugin.merge:JointMerge",
        "moves the style as the nearest joints move",
        gives={"fields.flow"},
    )


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    """Recipe files; the file's name is the recipe's."""
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
