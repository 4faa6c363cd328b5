"""A recipe names one of each part and the phases that train them: TOML -> Recipe, with sizes, variants and overrides.

    name = "scmnet"
    regions = "scm8"
    merge = { use = "scmnet.correlation", temperature = 0.01 }     # or just merge = "scmnet.correlation"
    [losses.rec]    use = "base.l1", weight = 1.0
    [[phases]]      name = "main", train = ["style", "merge", "generator"], losses = ["rec"], pairing = "base.self"
    [sizes.small]   style.width = 16          # a patch
    [variants.x]    merge.temperature = 1.0   # a patch, after the size; sizes.small under it patches further
                    summary = "..."           # what `zoo list` says of it

Imports no torch.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from zoo.documents.names import FULL
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo.errors import nearest, unknown
from zoo.hookspecs import Kind
from zoo.recipes.patch import parse_change, patched

PartName = Literal["pose", "style", "parsing", "merge", "generator"]


class Part(BaseModel):
    """A component by name, with its options."""

    model_config = ConfigDict(frozen=True)
    use: str
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

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields if name != "options"} | self.options


class LossTerm(Part):
    """A loss and its weight; weight 0 switches it off."""

    weight: float = 1.0


class Phase(Strict):
    """One stretch of training."""

    name: str
    train: Annotated[list[PartName], Field(min_length=1)]
    freeze: list[str] = []  # modules inside them that stay as they are ("merge.flow"); a part without one has nothing to freeze
    losses: Annotated[list[str], Field(min_length=1)]
    pairing: Part
    share: Annotated[float, Field(ge=0)] = 1.0  # of the track's steps, relative to the other phases; 0 leaves the phase out
    until: Literal["parsing", "merge", "image", "cycle"] = "image"  # how far the forward goes; a cycle leads back again
    parsing: Literal["predicted", "soft", "truth"] = "predicted"  # which target parsing the later parts are fed
    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    lr: Annotated[float, Field(gt=0)] = 2e-4
    critic_lr: Annotated[float, Field(gt=0)] = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0  # steps over which the learning rate rises to the schedule's
    clip: Annotated[float, Field(gt=0)] | None = None  # gradient norm
    grow: bool = False  # growing parts fade in over the first half of this phase


class Recipe(Strict):
    """A resolved recipe: what will run, and nothing else."""

    name: str
    variant: str = FULL
    size: str = ""
    paper: str = ""
    summary: str = ""
    regions: str
    remap: str | None = None  # preset of the region remap; None is the first one published
    oracle: bool = False  # feed the target's true parsing; such rows are marked
    pose: Part
    style: Part
    parsing: Part | None = None
    merge: Part
    generator: Part
    losses: dict[str, LossTerm] = {}
    phases: list[Phase] = []
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999  # 0 keeps no average
    changes: list[str] = []  # --set overrides, as given

    @field_validator("parsing", mode="before")
    @classmethod
    def _optional(cls, value: Any) -> Any:
        """`parsing = "none"` takes the parsing transform away, which TOML could not say otherwise."""
        return None if (value.get("use") if isinstance(value, Mapping) else value) == "none" else value

    @field_validator("phases")
    @classmethod
    def _left_out(cls, phases: list[Phase]) -> list[Phase]:
        return [phase for phase in phases if phase.share]

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        for phase in self.phases:
            for loss in phase.losses:
                if loss not in self.losses:
                    raise ValueError(f"phase {phase.name!r} uses loss {loss!r}; {nearest(loss, self.losses)}")
            for part in phase.train:
                if getattr(self, part) is None:
                    raise ValueError(f"phase {phase.name!r} trains {part!r}, which the recipe does not have")
            for module in phase.freeze:
                if module.split(".")[0] not in phase.train:
                    raise ValueError(f"phase {phase.name!r} freezes {module!r}, but trains only {', '.join(phase.train)}")
        return self

    def parts(self) -> dict[PartName, Part]:
        """The parts the recipe has, in the order of the spine."""
        names: tuple[PartName, ...] = ("pose", "style", "parsing", "merge", "generator")
        return {n: getattr(self, n) for n in names if getattr(self, n) is not None}

    def named_parts(self) -> Iterator[tuple[str, Kind, Part]]:
        """Every component the recipe names: its key, its kind, and what is asked of it."""
        yield from ((name, name, part) for name, part in self.parts().items())
        yield from ((f"losses.{name}", "loss", term) for name, term in self.losses.items())
        yield from ((f"phases.{phase.name}.pairing", "pairing", phase.pairing) for phase in self.phases)

    def digest(self) -> str:
        """sha256 of what determines the result: everything but the prose.

        What is at its default does not count, so that a setting added later leaves the digests of older recipes alone.
        """
        prose = {"paper", "summary", "variant", "changes", "size"}
        content = self.model_dump(mode="json", exclude=prose, exclude_defaults=True)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def weights_digest(self) -> str:
        """The digest of the recipe whose training makes these parameters.

        It is another one where an oracle takes the place of a parsing transform: only at test, phases say what they feed.
        """
        return (self.model_copy(update={"oracle": False}) if self.parsing else self).digest()

    def architecture(self) -> str:
        """sha256 of what determines the parameters: parts, their options and the regions."""
        content = {n: p.model_dump(mode="json") for n, p in self.parts().items()} | {"regions": self.regions}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_recipe(path: Path, *, size: str = "", variant: str = FULL, changes: Iterable[str] = ()) -> Recipe:
    """Read a recipe file and resolve size, variant and `key=value` changes, in this order."""
    document = read_toml(path)
    sizes, variants = document.pop("sizes", {}), document.pop("variants", {})
    changes = list(changes)
    if variant != FULL and variant not in variants:
        raise unknown("variant", variant, [FULL, *variants], where=str(path.name))
    chosen = dict(variants.get(variant, {}))
    chosen.pop("summary", "")  # what the variant is, for `zoo list`; `Recipe.summary` says what the recipe is
    variant_sizes = chosen.pop("sizes", {})
    for patch in (sizes.get(size, {}), chosen, variant_sizes.get(size, {}), *map(parse_change, changes)):
        document = patched(document, patch)
    return make_recipe({**document, "variant": variant, "size": size, "changes": changes}, where=path.name)


def variants_of(path: Path) -> list[str]:
    """The names of a recipe's variants, the full recipe first."""
    return [FULL, *read_toml(path).get("variants", {})]


def make_recipe(document: Mapping[str, Any], *, where: str) -> Recipe:
    """Validate a resolved document; a ZooError names the misspelt key and the nearest right one."""
    return validated_model(Recipe, document, where, more=Phase.model_fields)
