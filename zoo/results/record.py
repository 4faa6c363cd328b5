"""One run, one immutable JSON document. Reading imports no torch."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_serializer

from zoo.documents.names import safe_name
from zoo.documents.strict import Strict
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.results.fields import Count, Moment, Name, Positive, Seconds, Text
from zoo.results.hardware import Hardware
from zoo.results.sealed import Sealed, Sha256
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import FIRST_MACS, MACS, Protocol

CLOCKS_DIFFER = timedelta(days=1)  # a date later than that is not believed


class PartCost(Strict):
    """One part of the spine: who plays it, its parameters, and its multiply-adds for one image."""

    component: Name
    parameters: Count
    macs: Count


class Weights(Strict):
    """Which weights were scored, where they came from, and what was spent on them."""

    origin: Literal["registry", "file", "trained", "none"]
    sha256: Sha256 | None = None
    steps: Count = 0
    images_seen: Count = 0
    batch: Count = 0
    precision: Literal["no", "bf16"] = "no"  # of the forward pass in training
    init: Sha256 | None = None  # of the weights that training started from

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Without what goes without saying: records from before it was told keep their ids."""
        return {
            name: value for name, value in write(self).items() if (name, value) not in (("precision", "no"), ("init", None))
        }


class Times(Strict):
    """Wall-clock seconds; `images_per_second` is the model's forward while scoring."""

    train_seconds: Seconds = 0.0
    score_seconds: Seconds = 0.0
    images_per_second: Seconds = 0.0


class Document(BaseModel):
    """What is relied upon of a document written by any version of the zoo; the rest of it is carried along as it is."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class RanRecipe(Document):
    """The resolved recipe of a run."""

    name: Name
    variant: Name
    oracle: bool
    changes: list[Text]
    sources: Positive = 1
    shown: Positive | None = None

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Without a single source: records from before there could be more keep their ids."""
        single = {"sources": 1, "shown": None}
        return {name: value for name, value in write(self).items() if name not in single or value != single[name]}


class Spent(Document):
    """What the track allowed."""

    steps: Positive
    batch: Positive


class RanTrack(Document):
    """The resolved track of a run."""

    name: Name
    budget: Spent


class Content(Strict):
    """Everything one needs to know of a run to trust its scores, compare them and repeat them."""

    schema_version: Literal[1] = 1
    recipe: RanRecipe
    recipe_digest: Sha256
    track: RanTrack
    track_digest: Sha256
    protocol: Name
    protocol_version: Name
    seed: Count
    data_digest: Name
    weights: Weights
    pairings: list[Name]  # of the phases: "base.self" alone is self-supervised
    pairs: Positive  # scored
    scores: Annotated[dict[Name, Interval], Field(max_length=100)]
    parts: Annotated[dict[Name, PartCost], Field(max_length=100)]  # by the part's name: style, merge ...
    samples: Positive = 1  # painted of each pair; the scores but diversity are of the first
    scoring_precision: Literal["no", "bf16"] = "no"  # of the model's products while it was scored
    macs_protocol: Name = FIRST_MACS  # of their multiply-adds
    versions: Annotated[dict[Name, Text], Field(max_length=1000)]
    hardware: Hardware
    times: Times
    created: Moment
    pair_scores: Sha256 | None = None  # of the file beside it, `zoo.results.pairs`; older records have none
    was: Sha256 | None = None  # the id before a migration said the recipe in other words

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Without what is as it was before it could be told, so that older records keep their ids."""
        untold = {"samples": 1, "scoring_precision": "no", "macs_protocol": FIRST_MACS, "pair_scores": None, "was": None}
        return {name: value for name, value in write(self).items() if name not in untold or value != untold[name]}


class Record(Sealed, Content):
    """What a run leaves."""

    content = Content

    @classmethod
    def new(
        cls,
        *,
        recipe: Recipe,
        track: Track,
        seed: int,
        protocol: Protocol,
        data: str,
        origin: str,
        weights: str | None,
        steps: int,
        images_seen: int,
        precision: str,
        scores: Mapping[str, Interval],
        pairs: int,
        parts: Mapping[str, PartCost],
        versions: Mapping[str, str],
        hardware: Hardware,
        times: Times,
        created: str,
        batch: int | None = None,
        init: str | None = None,
        pair_scores: str | None = None,
        samples: int = 1,
        scoring_precision: str = "no",
    ) -> Self:
        """The record of a run. `data` is the digest of its test split, `weights` the sha256 of what was scored.

        `batch` is the samples of a step, the track's if None, `init` the sha256 of the weights that training started from,
        `pair_scores` that of the file of the pairs' scores, `samples` how many pictures were painted of each pair.
        """
        spent = {
            "steps": steps,
            "images_seen": images_seen,
            "batch": (batch or track.budget.batch) if steps else 0,
            "precision": precision,
            "init": init,
        }
        return cls.of({
            "recipe": recipe.model_dump(mode="json"), "recipe_digest": recipe.digest(),
            "track": track.portable(), "track_digest": track.digest(),
            "protocol": protocol.name, "protocol_version": protocol.version,
            "seed": seed, "data_digest": data, "weights": {"origin": origin, "sha256": weights, **spent},
            "pairings": sorted({phase.pairing.use for phase in recipe.phases}),
            "pairs": pairs, "samples": samples, "scoring_precision": scoring_precision,
            "scores": dict(scores), "parts": dict(parts), "macs_protocol": MACS,
            "versions": dict(versions), "hardware": hardware, "times": times, "created": created,
            "pair_scores": pair_scores,
        })  # fmt: skip

    @property
    def recipe_name(self) -> str:
        """The recipe's name."""
        return self.recipe.name

    @property
    def variant(self) -> str:
        """The recipe's variant; "full" is the recipe itself."""
        return self.recipe.variant

    @property
    def changes(self) -> list[str]:
        """The --set changes, as given."""
        return self.recipe.changes

    @property
    def oracle(self) -> bool:
        """Whether the model was fed the target's true parsing."""
        return self.recipe.oracle

    @property
    def sources(self) -> int:
        """How many photos of a person the model was shown as the source."""
        return self.recipe.shown or self.recipe.sources

    @property
    def track_name(self) -> str:
        """The track's name."""
        return self.track.name

    @property
    def file_name(self) -> str:
        """track--recipe--variant--seed--id, in characters every file system takes."""
        words = (self.track_name, self.recipe_name, self.variant, f"seed{self.seed}", self.id[:12])
        return "--".join(map(safe_name, words)) + ".json"

    @property
    def allowed(self) -> int:
        """The images that the track's budget lets training see."""
        return self.track.budget.steps * self.track.budget.batch

    @property
    def on_budget(self) -> bool:
        """Whether training spent just what the track allows: from scratch, as many steps of as many samples."""
        budget, spent = self.track.budget, self.weights
        allowed = spent.init is None and (spent.images_seen, spent.batch) == (self.allowed, budget.batch)
        return spent.origin == "none" or allowed

    @property
    def self_declared(self) -> bool:
        """Whether only the weights' own file says how they were trained."""
        return self.weights.origin == "file"


def by_age(records: Iterable[Record], now: datetime | None = None) -> list[Record]:
    """Oldest first. A date still to come is a wrong clock's and says nothing: such records come first and hide no other."""
    limit = (now or datetime.now(UTC)) + CLOCKS_DIFFER
    return sorted(records, key=lambda r: (r.created <= limit, r.created, r.id))
