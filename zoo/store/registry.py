"""The only reader of registry.toml: weights, networks, aliases, numbers quoted from papers. Imports no torch."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from zoo.documents.files import assets
from zoo.documents.misfits import Misfit
from zoo.documents.names import FULL
from zoo.documents.reading import file_sha256
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo.errors import ZooError, unknown
from zoo.store.hub import Addressed, cached, download, on_hand

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _inside(file: str) -> str:
    if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\\" in file:
        raise Misfit(f"{file!r} is no path inside the project", "write a relative path with forward slashes")
    return file


Inside = Annotated[str, AfterValidator(_inside)]


class WeightsEntry(Strict):
    """Weights that the zoo knows: a file that ships with it, or one on the Hub that zoo prefetch brings."""

    recipe: str
    variant: str = FULL
    track: str
    digest: Sha256  # Recipe.digest() of what was trained (`as_trained`); any change of the recipe orphans the entry
    file: Inside | None = None  # relative to zoo.documents.files.assets()
    hub: Addressed | None = None
    sha256: Sha256
    licence: str
    seed: int = 0
    steps: Annotated[int, Field(gt=0)]
    images_seen: Annotated[int, Field(gt=0)]
    train_seconds: Annotated[float, Field(ge=0)] = 0.0
    precision: Literal["no", "bf16"] = "no"  # of the forward pass in training

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.hub is None):
            raise Misfit("the weights lie in no place, or in two", 'name one: file = ... or hub = "hf:user/name@<40 hex>:FILE"')
        if not (self.file or (self.hub and self.hub.filename) or "").endswith(".safetensors"):
            raise Misfit("weights are .safetensors files", "convert them: nothing else is ever loaded")
        return self


class NetworkEntry(Strict):
    """A frozen network that measures, teaches or annotates: one file, known by its sha256.

    It lies inside an installed `package`, or the user fetches it, from the `hub` or a `url`.
    """

    name: str
    summary: str  # the architecture, and what it was taught on
    file: Inside  # inside the package; else its name where it is published
    also: list[str] = []  # other names of the same file
    sha256: Sha256
    verified: bool = False  # the hash is of a file we held; else it is what those print who hold one
    size: Annotated[int, Field(gt=0)]  # bytes
    licence: str
    accuracy: str = ""  # where it is told
    package: str = ""
    hub: Addressed | None = None
    url: Annotated[str, Field(pattern=r"^(https://.+)?$")] = ""
    config: dict[str, Any] = {}  # of the architecture, where its library builds several

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.package, self.hub, self.url))) != 1:
            raise Misfit("the network comes from no place, or from several", "name one: package, hub or url")
        return self


class Published(Strict):
    """A row of a paper's table: quoted, never ranked with ours, and comparable only within its own table."""

    paper: str
    table: str
    dataset: str
    method: str
    variant: str = ""  # of the paper's recipe that is this row, where it is an ablation
    metrics: Annotated[dict[str, float], Field(min_length=1)]


class Alias(Strict):
    """Another name of a recipe, on one track."""

    name: str
    track: str
    recipe: str
    variant: str = FULL
    changes: list[str] = []  # as --set has them
    by: str = ""  # the metric that it leads the track's board by; the protocol's primary one if empty
    since: date
    why: str

    def __str__(self) -> str:
        details = [*([self.variant] if self.variant != FULL else []), *self.changes]
        return f"{self.recipe} ({', '.join(details)})" if details else self.recipe

    def meant(self, variant: str, changes: Iterable[str]) -> tuple[str, list[str]]:
        """The variant and the changes that are meant where these are asked for besides."""
        return self.variant if variant in ("", FULL) else variant, [*self.changes, *changes]


class Defaults(Strict):
    """What serves where the command line names nothing."""

    detector: str = ""  # of photographs
    parser: str = ""  # of photographs
    track: str = ""  # that a track of annotated photographs is like
    photo: str = ""  # the track for photographs: what `zoo.best` is there serves where no recipe is named


class Registry(Strict):
    """What registry.toml says."""

    weights: list[WeightsEntry] = []
    networks: list[NetworkEntry] = []
    aliases: list[Alias] = []
    defaults: Defaults = Defaults()
    published: list[Published] = []


class _Sections(Strict):
    weights: list[dict[str, Any]] = []
    networks: list[dict[str, Any]] = []
    aliases: list[dict[str, Any]] = []
    defaults: dict[str, Any] = {}
    published: list[dict[str, Any]] = []


@cache
def registry() -> Registry:
    """The project's own registry.toml, read once."""
    return read_registry(assets() / "registry.toml")


def read_registry(path: Path) -> Registry:
    """Read and check a registry; a ZooError names the entry and the misspelt key."""
    raw = validated_model(_Sections, read_toml(path), path.name)
    weights = [validated_model(WeightsEntry, e, f"{path.name}: weights, entry {i}") for i, e in enumerate(raw.weights, 1)]
    networks = [validated_model(NetworkEntry, e, f"{path.name}: networks, entry {i}") for i, e in enumerate(raw.networks, 1)]
    aliases = [validated_model(Alias, e, f"{path.name}: aliases, entry {i}") for i, e in enumerate(raw.aliases, 1)]
    quoted = [validated_model(Published, e, f"{path.name}: published, entry {i}") for i, e in enumerate(raw.published, 1)]
    _require_unique(weights, path)
    _require_one_name_each(networks, path)
    _require_one_meaning_each(aliases, path)
    defaults = validated_model(Defaults, raw.defaults, f"{path.name}: defaults")
    return Registry(weights=weights, networks=networks, aliases=aliases, defaults=defaults, published=quoted)


def _require_unique(weights: list[WeightsEntry], path: Path) -> None:
    seen: set[tuple[str, str]] = set()
    for entry in weights:
        key = (entry.digest, entry.track)
        if key in seen:
            raise ZooError(
                f"two entries give weights for {entry.recipe} ({entry.variant}) on {entry.track}",
                where=f"{path.name}: weights",
                fix="keep one of them",
            )
        seen.add(key)


def _require_one_name_each(networks: list[NetworkEntry], path: Path) -> None:
    for name, count in Counter(entry.name for entry in networks).items():
        if count > 1:
            raise ZooError(f"{count} networks are called {name}", where=f"{path.name}: networks", fix="rename all but one")


def _require_one_meaning_each(aliases: list[Alias], path: Path) -> None:
    for (name, track), count in Counter((entry.name, entry.track) for entry in aliases).items():
        if count > 1:
            raise ZooError(
                f"{name} stands for {count} recipes on {track}", where=f"{path.name}: aliases", fix="keep one of them"
            )


def aliases_of(name: str) -> list[Alias]:
    """What a name stands for, track by track; nothing where it is no alias."""
    return [entry for entry in registry().aliases if entry.name == name]


def find_alias(name: str, track: str) -> Alias | None:
    """What a name stands for on a track; None where it is no alias, and a ZooError for one that says nothing of the track."""
    found = aliases_of(name)
    if found and track not in [entry.track for entry in found]:
        known = "; ".join(f"--track {entry.track}: {entry}" for entry in found)
        fix = f"name a recipe (zoo list recipe), or a track for which it is known ({known})"
        raise ZooError(f"{name} stands for nothing on track {track} yet", where="registry.toml: aliases", fix=fix, exit_code=2)
    return next((entry for entry in found if entry.track == track), None)


def find_weights(digest: str, track: str) -> WeightsEntry | None:
    """The weights trained by exactly this recipe (the digest of it `as_trained`) on the track, or None."""
    return next((w for w in registry().weights if (w.digest, w.track) == (digest, track)), None)


def find_network(name: str) -> NetworkEntry:
    """The network called `name`, or a ZooError with the nearest name."""
    found = {entry.name: entry for entry in registry().networks}
    if name not in found:
        raise unknown("network", name, found, where="registry.toml: networks")
    return found[name]


def locate(entry: WeightsEntry) -> Path:
    """Where the weights lie; ZooError, with the mend, where they do not. Fetches nothing; the caller checks the sha256."""
    if entry.hub is not None:
        return on_hand(entry.hub)
    path = assets() / str(entry.file)
    if not path.is_file():
        raise ZooError(
            f"the weights of {entry.recipe} ({entry.variant}) on {entry.track} are missing",
            where=str(path),
            fix="restore the file from the repository or reinstall, or train with --from-scratch",
        )
    return path


def fetch_weights(entry: WeightsEntry) -> Path:
    """Bring weights that live on the Hub here; ZooError where what comes is another file."""
    if entry.hub is None:
        return locate(entry)
    path = download(entry.hub, mend="or train with --from-scratch")
    if (found := file_sha256(path)) != entry.sha256:
        what = f"this is not the weights of {entry.recipe}: sha256 {found}, expected {entry.sha256}"
        raise ZooError(what, where=str(entry.hub), fix="tell whoever wrote the entry of registry.toml")
    return path


def weights_here(entry: WeightsEntry) -> bool:
    """Whether the right file lies in its place."""
    path = cached(entry.hub) if entry.hub else locate(entry)
    return path is not None and file_sha256(path) == entry.sha256
