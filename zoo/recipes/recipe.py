"""A recipe names one of each part and the phases that train them: TOML -> Recipe, with sizes, variants and overrides.

    name = "scmnet"
    regions = "scm8"
    merge = { use = "scmnet.correlation", temperature = 0.01 }     # or just merge = "scmnet.correlation"
    merge.wear = ["base.skeletons", { use = "base.photo" }]        # what is ours around it, the innermost first
    [losses.rec]    use = "base.l1", weight = 1.0
    [[phases]]      name = "main", train = ["style", "merge", "generator"], losses = ["rec"], pairing = "base.self"
    [sizes.small]   style.width = 16          # a patch
    [variants.x]    merge.temperature = 1.0   # a patch, after the size; sizes.small under it patches further
                    summary = "..."           # what `zoo list` says of it

Imports no torch.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from zoo.documents.misfits import Misfit
from zoo.documents.names import FULL, Key, Name
from zoo.documents.strict import Strict
from zoo.errors import nearest
from zoo.hookspecs import Kind
from zoo.recipes.patch import brief, shortened

PartName = Literal["pose", "style", "parsing", "merge", "generator"]
Rate = Annotated[float, Field(gt=0, le=1e3)]
Beta = Annotated[float, Field(ge=0, lt=1)]  # of Adam's moving averages
MOST_STEPS = 10**9


def _given(value: Any) -> Any:
    """TOML has no null: "none" takes away what a patch before it gave."""
    return None if value == "none" else value


class Part(BaseModel):
    """A component by name, with its options and the wrappers it wears, the innermost first."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    use: str
    wear: tuple["Part", ...] = ()
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"use": value}
        if isinstance(value, Mapping) and "options" not in value:
            own = {k: v for k, v in value.items() if k in cls.model_fields}
            return {**own, "options": {k: v for k, v in value.items() if k not in own}}
        return value

    @field_validator("wear", mode="before")
    @classmethod
    def _one_or_none(cls, value: Any) -> Any:
        """`wear = "base.photo"` is worn alone, `wear = "none"` takes everything off."""
        if isinstance(value, str | Mapping):
            return () if value == "none" else (value,)
        return value

    @model_serializer
    def _write(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in type(self).model_fields if name != "options"}
        return {name: value for name, value in own.items() if name != "wear" or value} | self.options


class LossTerm(Part):
    """A loss and its weight; weight 0 switches it off."""

    weight: float = 1.0


class Plateau(Strict):
    """A learning rate that falls where a loss no longer does: looked at every so often, in eval mode, on fixed pairs."""

    watch: Key  # one of the phase's losses
    split: Literal["val", "train"] = "val"  # whose pairs
    pairs: Annotated[int, Field(gt=0)] = 200  # how many of them, spread evenly
    every: Annotated[int, Field(gt=0, le=MOST_STEPS)] = 1000  # steps between two looks
    patience: Annotated[int, Field(gt=0)] = 3  # looks without a new lowest, after which the rate falls
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Phase(Strict):
    """One stretch of training."""

    name: Key
    train: Annotated[list[PartName], Field(min_length=1)]
    freeze: list[str] = []  # modules inside them that stay as they are: "merge.flow"
    losses: Annotated[list[str], Field(min_length=1)]
    pairing: Part
    share: Annotated[float, Field(ge=0, le=1e6)] = (
        1.0  # of the track's steps, relative to the other phases; 0 leaves the phase out
    )
    until: Literal["parsing", "merge", "image", "cycle"] = "image"  # how far the forward goes; a cycle leads back again
    parsing: Literal["predicted", "soft", "truth"] = "predicted"  # which target parsing the later parts are fed
    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    lr: Rate = 2e-4
    critic_lr: Rate = 2e-4
    betas: tuple[Beta, Beta] = (0.5, 0.999)
    weight_decay: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    plateau: Plateau | None = None  # lowers the schedule's rate further; "none" takes it away
    warmup: Annotated[int, Field(ge=0, le=MOST_STEPS)] = 0  # steps over which the learning rate rises to the schedule's
    clip: Annotated[float, Field(gt=0)] | None = None  # gradient norm; "none" takes it away
    reduce: Literal[1, 2, 4] = 1  # losses judge everything so many times smaller, where parts work that have not grown
    grow: bool = False  # growing parts fade in over the first half of this phase

    @field_validator("clip", "plateau", mode="before")
    @classmethod
    def _optional(cls, value: Any) -> Any:
        return _given(value)


class Recipe(Strict):
    """A resolved recipe: what will run, and nothing else."""

    name: Name
    variant: Name = FULL
    size: str = ""
    paper: str = ""
    summary: str = ""
    regions: str
    remap: str | None = None  # preset of the region remap; None is the first one published
    oracle: bool = False  # feed the target's true parsing; such rows are marked
    sources: Annotated[int, Field(ge=1, le=16)] = 1  # how many photos of a person are the source; rows of more are marked
    shown: Annotated[int, Field(ge=1, le=16)] | None = None  # fewer of them, at test
    pose: Part
    style: Part
    parsing: Part | None = None
    merge: Part
    generator: Part
    losses: dict[Key, LossTerm] = {}
    phases: list[Phase] = []
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999  # 0 keeps no average
    changes: list[str] = []  # --set overrides, as given

    @field_validator("parsing", mode="before")
    @classmethod
    def _optional(cls, value: Any) -> Any:
        """`parsing = "none"` takes the parsing transform away, which TOML could not say otherwise."""
        return _given(value.get("use") if isinstance(value, Mapping) else value) and value

    @field_validator("phases")
    @classmethod
    def _left_out(cls, phases: list[Phase]) -> list[Phase]:
        names = [phase.name for phase in phases]
        for name in names:
            if names.count(name) > 1:
                raise Misfit(f"two phases are called {name!r}", "give each a name of its own")
        kept = [phase for phase in phases if phase.share]
        if phases and not kept:
            raise Misfit("every phase has share 0, so nothing would train", "give one of them a share")
        return kept

    @model_validator(mode="after")
    def _no_more_shown(self) -> Self:
        if self.shown and self.shown > self.sources:
            raise Misfit(
                f"shown is {self.shown}, and the recipe reads {self.sources} photos", f"--set shown={self.sources}, or less"
            )
        return self

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        wrong = [(what, fix) for phase in self.phases for what, fix in self._unknown_in(phase)]
        if wrong:
            whats, fixes = zip(*wrong, strict=True)
            raise Misfit("; ".join(whats), ", ".join(fixes))
        return self

    def _unknown_in(self, phase: Phase) -> Iterator[tuple[str, str]]:
        """What a phase names and the recipe does not have, with the mend."""
        for loss in phase.losses:
            if loss not in self.losses:
                yield f"phase {phase.name!r} uses the unknown loss {loss!r}", nearest(loss, self.losses)
        trained = [part for part in phase.train if part in self.parts()]
        for part in phase.train:
            if part not in trained:
                mend = f"train = {trained}" if trained else "share = 0"
                yield f"phase {phase.name!r} trains {part!r}, which the recipe does not have", f"phases.{phase.name}.{mend}"
        weighed = [name for name in phase.losses if name in self.losses and self.losses[name].weight]
        if phase.plateau and (watch := phase.plateau.watch) not in weighed:
            yield f"phase {phase.name!r} watches {watch!r}, which is no loss of it that weighs", nearest(watch, weighed)
        for module in phase.freeze:
            if module.split(".")[0] not in phase.train:
                what = f"phase {phase.name!r} freezes {module!r}, but trains only {', '.join(phase.train)}"
                yield what, f"phases.{phase.name}.freeze = {[m for m in phase.freeze if m != module]}"

    @property
    def photos(self) -> int:
        """Of a person, at test."""
        return self.shown or self.sources

    def parts(self) -> dict[PartName, Part]:
        """The parts the recipe has, in the order of the spine."""
        names: tuple[PartName, ...] = ("pose", "style", "parsing", "merge", "generator")
        return {n: getattr(self, n) for n in names if getattr(self, n) is not None}

    def named_parts(self) -> Iterator[tuple[str, Kind, Part]]:
        """Every component the recipe names: its key, its kind, and what is asked of it."""
        for name, part in self.parts().items():
            yield name, name, part
            yield from ((f"{name}.wear.{brief(worn.use)}", "wrapper", worn) for worn in part.wear)
        yield from ((f"losses.{name}", "loss", term) for name, term in self.losses.items())
        yield from ((f"phases.{phase.name}.pairing", "pairing", phase.pairing) for phase in self.phases)

    def said(self, *keys: str) -> str:
        """The last --set change of one of these keys, as errors name it; "" where there is none."""
        found = [change for change in self.changes if change.partition("=")[0].strip() in keys]
        return f"--set {shortened(found[-1])}" if found else ""

    def digest(self) -> str:
        """sha256 of what determines the result: everything but the prose.

        What is at its default does not count, so that a setting added later leaves the digests of older recipes alone.
        """
        prose = {"paper", "summary", "variant", "changes", "size"}
        content = self.model_dump(mode="json", exclude=prose, exclude_defaults=True)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def architecture(self) -> str:
        """sha256 of what determines the parameters: parts, their options and the regions."""
        content = {n: p.model_dump(mode="json") for n, p in self.parts().items()} | {"regions": self.regions}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
