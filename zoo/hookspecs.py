"""The whole plugin contract.

A plugin is a package with an entry point in group `zoo.v1`. Its `__init__.py` is a torch-free table of contents that
implements one or more of the hooks below. Names are `plugin.part`; a name claimed twice is an error naming both owners.

    [project.entry-points."zoo.v1"]
    mine = "zoo_mine"
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pluggy

GROUP = "zoo.v1"

Kind = Literal["pose", "style", "parsing", "merge", "generator", "loss", "features", "detector", "judge", "pairing", "dataset"]
KINDS: tuple[Kind, ...] = get_args(Kind)

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")


@dataclass(frozen=True)
class Component:
    """One part a recipe or a track can name.

    `target` is "package.module:Class", imported only when the part is built. `needs` and `gives` are facts checked before
    torch is imported: "source.parsing", "target.parsing", "parsing.logits", "style.parts", "fields.flow",
    "fields.correlation", "features", "detector", "true.flow", "target.image", "edges", and of a phase "cycle". A loss `judges`
    facts without which it is 0: a phase all of whose losses have nothing to judge is left out.
    """

    kind: Kind
    name: str
    target: str
    summary: str = ""
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    judges: frozenset[str] = frozenset()
    paper: str = ""

    def __post_init__(self) -> None:
        for facts in ("needs", "gives", "judges"):
            object.__setattr__(self, facts, frozenset(getattr(self, facts)))


class ZooSpec:
    """Implement these with `@hookimpl`."""

    @hookspec
    def zoo_components(self) -> Iterable[Component]:  # type: ignore[empty-body]
        """The parts this plugin offers."""

    @hookspec
    def zoo_recipes(self) -> Iterable[Path]:  # type: ignore[empty-body]
        """Recipe files (.toml) this plugin offers."""

    @hookspec
    def zoo_tracks(self) -> Iterable[Path]:  # type: ignore[empty-body]
        """Track files (.toml) this plugin offers; the project's own live in benchmarks/tracks."""
