"""A track fixes data, image size, budget, nets and protocol, so that its rows can be compared: TOML -> Track. No torch."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from zoo.documents.names import Name
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo.recipes.recipe import MOST_STEPS, Part

DEFAULT_TRACK = "figures-64"  # where a recipe runs when no track is named
LARGEST_BATCH = 2**16
Net = Literal["features", "detector", "codec"]
LOCAL = ("root", "shards")  # options of data sets that say where on this machine something lies
Side = Annotated[int, Field(ge=1, le=2**13)]  # pixels


class Budget(Strict):
    """What every trained row may spend."""

    steps: Annotated[int, Field(gt=0, le=MOST_STEPS)]
    batch: Annotated[int, Field(gt=0, le=LARGEST_BATCH)]


class Track(Strict):
    """One arena."""

    name: Name
    summary: str = ""
    dataset: Part
    size: tuple[Side, Side]  # (H, W)
    scale: str = ""  # which of a recipe's sizes is meant: small, paper
    quotes: str = ""  # the data set under which registry.toml quotes the papers' numbers for it; they are never ranked
    protocol: str  # named and versioned: rows are ranked within (track, protocol)
    features: Part | None = None  # the frozen net of perceptual losses
    detector: Part | None = None  # the frozen net of pose losses; not the judge
    codec: Part | None = None  # the frozen net between pixels and latents
    judge: Part | None = None  # the frozen net of scoring; never in a loss
    budget: Budget

    def nets(self) -> dict[Net, Part]:
        """The frozen nets that it names for recipes to read; each is a kind of part, and a fact, of one name."""
        named: dict[Net, Part | None] = {"features": self.features, "detector": self.detector, "codec": self.codec}
        return {net: part for net, part in named.items() if part}

    def digest(self) -> str:
        """sha256 of what rows are compared by: not the prose, what it quotes, nor detector and codec, which some recipes use.

        What is at its default does not count, nor where on this machine the data lies.
        """
        aside = {"summary", "quotes", "detector", "codec"}
        content = _portable(self.model_dump(mode="json", exclude=aside, exclude_defaults=True))
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def at(self, root: Path) -> "Track":
        """The same track on data that lies in `root`."""
        return self.model_copy(
            update={"dataset": self.dataset.model_copy(update={"options": {**self.dataset.options, "root": str(root)}})}
        )

    def portable(self) -> dict[str, Any]:
        """As JSON has it, without where on this machine the data lies."""
        content = self.model_dump(mode="json")
        return _portable(content)


def _portable(content: dict[str, Any]) -> dict[str, Any]:
    """A track's content without where on this machine the data lies, decoded or not."""
    dataset = {name: value for name, value in content["dataset"].items() if name not in LOCAL}
    return {**content, "dataset": dataset}


def track_name(track: str) -> str:
    """What records call a track: its name, or what its .toml file names it."""
    return load_track(Path(track)).name if track.endswith(".toml") else track


def load_track(path: Path) -> Track:
    """Read a track file; a ZooError names the misspelt key."""
    return validated_model(Track, read_toml(path), where=path.name)
