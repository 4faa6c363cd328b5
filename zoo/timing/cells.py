"""What is to be timed: passes of recipes and peers, at sizes, batches and precisions. Imports no torch."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track, load_track
from zoo.results.speed import WHATS, SpeedSubject, What

PRECISIONS = ("no", "bf16")


@dataclass(frozen=True)
class Peer:
    """A function in a Python file that builds somebody else's module; `zoo.timing.peers` says what it returns."""

    path: Path
    function: str

    @classmethod
    def parse(cls, text: str) -> "Peer":
        """`path/to/file.py:function`; ZooError for anything else."""
        name, _, function = text.rpartition(":")
        path = Path(name)
        if not (name.endswith(".py") and function.isidentifier()):
            raise ZooError(f"{text!r} names no peer", where="--peer", fix="write file.py:function", exit_code=2)
        if not path.is_file():
            raise ZooError(f"there is no file {path.name}", where=str(path.parent.resolve()), fix="check --peer", exit_code=2)
        return cls(path.resolve(), function)

    @property
    def subject(self) -> SpeedSubject:
        """Its name in records: a peer is known by the file of its adapter."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return SpeedSubject(name=f"{self.path.stem}:{self.function}", digest=digest, peer=True)


@dataclass(frozen=True)
class Timeable:
    """A recipe as it is asked for, or a peer."""

    subject: SpeedSubject
    source: Request | Peer
    whats: Sequence[What]

    @classmethod
    def recipe(cls, request: Request, recipe: Recipe) -> "Timeable":
        """What trains nothing has nothing to differentiate either."""
        subject = SpeedSubject(name=recipe.name, variant=recipe.variant, changes=recipe.changes, digest=recipe.digest())
        return cls(subject, request, WHATS if recipe.phases else ("forward",))


@dataclass(frozen=True, eq=False)
class SpeedCell:
    """One thing to time: a pass over a batch."""

    timed: Timeable
    track: Track
    what: What
    batch: int
    precision: str
    compiled: bool

    @property
    def title(self) -> str:
        """`scmnet on figures-64: step of 8, bf16, compiled`."""
        return f"{self.timed.subject.title} on {self.track.name}: {', '.join(map(str, self._words()))}"

    def _words(self) -> list[str]:
        more = [self.precision] * (self.precision != "no") + ["compiled"] * self.compiled
        return [f"{self.what} of {self.batch}", *more]

    @property
    def beside(self) -> tuple[object, ...]:
        """What cells have in common that are timed in turns, where a peer is among them."""
        return self.track.name, self.what, self.batch, self.precision, self.compiled

    def spec(self, device: str, threads: int) -> str:
        """What its process is told, as JSON."""
        told = {
            "what": self.what, "batch": self.batch, "precision": self.precision, "compiled": self.compiled,
            "size": self.track.size, "device": device, "threads": threads,
        }  # fmt: skip
        match self.timed.source:
            case Peer(path, function):
                return json.dumps({**told, "peer": [str(path), function]})
            case asked:
                root = str(asked.root) if asked.root else None
                named = {"recipe": asked.recipe, "variant": asked.variant, "track": asked.track, "changes": asked.changes}
                return json.dumps({**told, "request": {**named, "root": root}})


@dataclass(frozen=True)
class SpeedGrid:
    """What is asked for: every combination is a cell."""

    recipes: Sequence[str]
    tracks: Sequence[str]
    variant: str
    changes: Sequence[str] = ()
    peers: Sequence[Peer] = ()
    whats: Sequence[str] = ("forward", "step")
    batches: Sequence[int] = (1,)
    precisions: Sequence[str] = ("no",)
    compiled: Sequence[bool] = (False,)
    root: Path | None = None

    def __post_init__(self) -> None:
        for option, given, known in (("what", self.whats, WHATS), ("precision", self.precisions, PRECISIONS)):
            for word in given:
                if word not in known:
                    raise unknown(option, word, known, where=f"--{option}")
        if any(batch < 1 for batch in self.batches):
            raise ZooError("a batch holds one image or more", where="--batch", fix="--batch 1,4", exit_code=2)

    def cells(self, catalog: Catalog) -> list[SpeedCell]:
        """Every cell; ZooError for names that nobody knows and mixes that cannot be."""
        found = []
        for name in self.tracks:
            track = load_track(Path(name) if name.endswith(".toml") else catalog.tracks[name])
            timed = [*(self._recipe(recipe, name, catalog) for recipe in self.recipes), *map(_peer, self.peers)]
            for what, batch, precision, compiled in product(WHATS, self.batches, self.precisions, self.compiled):
                able = [one for one in timed if what in self.whats and what in one.whats]
                found += [SpeedCell(one, track, what, batch, precision, compiled) for one in able]
        return found

    def _recipe(self, name: str, track: str, catalog: Catalog) -> Timeable:
        request = Request(name, self.variant, track, [*self.changes], root=self.root)
        recipe, arena = resolve(request, catalog)
        check_mix(recipe, arena, catalog)
        return Timeable.recipe(request, recipe)


def _peer(peer: Peer) -> Timeable:
    return Timeable(peer.subject, peer, WHATS)
