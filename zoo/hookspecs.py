"""The whole plugin contract.

A plugin is a package with an entry point in group `zoo.v1`. Its `__init__.py` is a torch-free table of contents that
implements one or more of the hooks below. Names are `plugin.part`; a name claimed twice is an error naming both owners.

    [project.entry-points."zoo.v1"]
    mine = "zoo_mine"

ZOO_PLUGINS=zoo_mine registers the package without installing it; `zoo plugin check mine` tries everything it promises.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import pluggy

GROUP = "zoo.v1"

Kind = Literal[
    "pose", "style", "parsing", "merge", "generator", "wrapper",
    "loss", "features", "detector", "codec", "parser", "judge", "pairing", "dataset",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

# What a part may need of the parts before it and of the track, checked before torch is imported.
Fact = Literal[
    "source.parsing", "target.image", "true.flow", "edges", "photographs",  # given by data sets
    "joints",  # given by data sets that give no edges
    "features", "detector", "codec",  # given by a track that names one
    "pose.joints",  # given by poses whose first 18 maps are the joints
    "target.parsing", "parsing.logits",  # given by any parsing transform
    "fields.flow", "fields.correlation",  # given by merging operators
    "true.image",  # given by an oracle: the target's own
    "generator.lesson",  # given by generators that paint in several steps
    "sources",  # given by what takes several photos of one person: merging operators, and pairings
    "cycle",  # given by a phase with until = "cycle"
]  # fmt: skip
FACTS: tuple[Fact, ...] = get_args(Fact)

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")


@dataclass(frozen=True)
class Outlook:
    """What a data set gives with some options, by what lies there: seen without torch, before anything is read."""

    lacks: Mapping[Fact, str] = field(default_factory=dict)  # what of the facts it gives is not there -> how to get it
    vocabulary: str = ""  # of its parsings, where that is known


@dataclass(frozen=True)
class Component:
    """One part a recipe or a track can name; `target` is "package.module:Class", imported only when the part is built.

    `needs_with` are needs of one option's value: {"limbs=false": {"pose.joints"}}. A loss `judges` facts without which it
    is 0: a phase all of whose losses have nothing to judge is left out. H and W of an image must be multiples of `multiple`:
    a number, or the option that says it, "stride" or "2**depth". A wrapper `wraps` parts of one kind. `networks` are those of
    registry.toml that it is filled from, for `zoo prefetch`. Options `at_work` are asked for when trained
    weights are put to work, never in training: weights fit whatever they are. The `outlook` of a data set is a function from
    its options to what it will give with them, "package.module:function", without torch; its `licence` says what its pictures
    may be used for, and they are `public` where everybody may be shown them.
    """

    kind: Kind
    name: str
    target: str
    summary: str = ""
    needs: Set[Fact] = frozenset()
    gives: Set[Fact] = frozenset()
    judges: Set[Fact] = frozenset()
    needs_with: Mapping[str, Set[Fact]] = field(default_factory=dict)
    multiple: int | str = 1
    wraps: Kind | None = None
    outlook: str = ""
    networks: tuple[str, ...] = ()
    at_work: Set[str] = frozenset()
    paper: str = ""
    licence: str = ""
    public: bool = False


@dataclass(frozen=True)
class Option:
    """What a keyword argument of a part means: `width: Annotated[int, Option("channels of the first level", "paper")] = 64`.

    `source` is who asks for it: the paper, its ablations, or we.
    """

    text: str
    source: Literal["paper", "ours", "ablation"]


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
