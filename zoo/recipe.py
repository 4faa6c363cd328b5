"""A recipe names one of each part and the phases that train them: TOML -> Recipe, with sizes, variants and overrides.

    name = "scmnet"
    regions = "scm8"
    merge = { use = "scmnet.correlation", temperature = 0.01 }     # or just merge = "scmnet.correlation"
    [losses.rec]    use = "base.l1", weight = 1.0
    [[phases]]      name = "main", train = ["style", "merge", "generator"], losses = ["rec"], pairing = "base.self"
    [sizes.small]   style.width = 16          # a patch
    [variants.x]    merge.temperature = 1.0   # a patch, after the size; sizes.small under it patches further

Imports no torch.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from zoo.errors import ZooError, nearest, unknown

PartName = Literal["pose", "style", "parsing", "merge", "generator"]
M = TypeVar("M", bound=BaseModel)
FULL = "full"  # the name of a recipe without a variant


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Phase(_Strict):
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


class Recipe(_Strict):
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
    variant_sizes = chosen.pop("sizes", {})
    for patch in (sizes.get(size, {}), chosen, variant_sizes.get(size, {}), *map(parse_change, changes)):
        document = patched(document, patch)
    return make_recipe({**document, "variant": variant, "size": size, "changes": changes}, where=path.name)


def variants_of(path: Path) -> list[str]:
    """The names of a recipe's variants, the full recipe first."""
    return [FULL, *read_toml(path).get("variants", {})]


def make_recipe(document: Mapping[str, Any], *, where: str) -> Recipe:
    """Validate a resolved document; a ZooError names the misspelt key and the nearest right one."""
    return validated_model(Recipe, document, where)


def validated_model(model: type[M], document: Mapping[str, Any], where: str) -> M:
    """Validate a document against a schema, with a readable error."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(x) for x in first["loc"])
        fix = "zoo show NAME prints a recipe that works"
        what = f"{key}: {first['msg']}"
        if first["type"] == "extra_forbidden":
            what, fix = f"unknown key {key!r}", nearest(str(first["loc"][-1]), _keys(model))
        elif first["type"] == "missing":
            what, fix = f"missing key {key!r}", "add it"
        raise ZooError(what, where=where, fix=fix, exit_code=2) from error


def _keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields) | set(Phase.model_fields if model is Recipe else ())


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; a ZooError with the line when it does not parse."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ZooError(f"cannot read {path.name}: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZooError(f"{path.name} is not valid TOML: {error}", where=str(path), exit_code=2) from error


def parse_change(change: str) -> dict[str, Any]:
    """`merge.levels=2` -> {"merge": {"levels": 2}}; the value is TOML, or else a plain string."""
    key, equals, text = change.partition("=")
    if not equals or not all(key.strip().split(".")):
        raise ZooError(f"cannot read change {change!r}", where="--set", fix="write --set key=value", exit_code=2)
    try:
        value: Any = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for name in reversed(key.strip().split(".")):
        value = {name: value}
    return value


def patched(base: Any, patch: Any) -> Any:
    """`base` with `patch` laid over it.

    A part named anew loses the options of the part it replaces; a list of phases is patched by phase name.
    """
    if isinstance(base, list) and isinstance(patch, Mapping):
        return _patched_phases(base, patch)
    if isinstance(patch, str) and isinstance(base, Mapping) and "use" in base:
        return base if base["use"] == patch else {"use": patch, **({"weight": base["weight"]} if "weight" in base else {})}
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(base, str):
        base = {"use": base}
    if not isinstance(base, Mapping) or patch.get("use", base.get("use")) != base.get("use"):
        return dict(patch)
    return {**base, **{k: patched(base.get(k), v) for k, v in patch.items()}}


def _patched_phases(phases: list[Any], patch: Mapping[str, Any]) -> list[Any]:
    names = [p.get("name", "") for p in phases]
    for name in patch:
        if name not in names:
            raise unknown("phase", name, names, where="phases")
    return [patched(p, patch.get(p.get("name", ""), {})) for p in phases]
