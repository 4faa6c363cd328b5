"""Keywords -> a checked Request: what cannot work is refused here, before torch is imported."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zoo.documents.names import BEST, FULL
from zoo.documents.toml import toml_value
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import DEFAULT_TRACK
from zoo.scoring.protocols import protocol
from zoo.store.registry import find_alias, registry

PATHS = ("out", "weights", "init_from", "root")


def checked(recipe: str | Path, **options: Any) -> Request:
    """What is asked for; ZooError for a misspelt name, an impossible mix, an unknown protocol."""
    paths = {name: Path(options[name]) for name in PATHS if options.get(name) is not None}
    named = {"track": str(options["track"])} if options.get("track") else {}
    request = Request(str(recipe), **{**options, **paths, **named, "changes": listed(options.get("changes"))})
    resolved, track = resolve(request, catalog())
    check_mix(resolved, track, catalog())
    protocol(track.protocol)
    return request


def listed(changes: str | Iterable[str] | Mapping[str, object] | None) -> list[str]:
    """Changes as `--set` has them: `["merge.levels=2"]`, or one of them, or `{"merge.levels": 2}`."""
    if isinstance(changes, str):
        return [changes]
    if isinstance(changes, Mapping):
        return [f"{key}={'none' if value is None else toml_value(value)}" for key, value in changes.items()]
    return list(changes or [])


def for_photos(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for; without a recipe, the registry's for photographs, and its track."""
    if asked.get("recipe"):
        return {**asked, "track": asked.get("track") or DEFAULT_TRACK}
    photos = registry().defaults.photo
    best = find_alias(BEST, photos)
    assert best is not None, "a test holds it"
    variant, changes = best.meant(asked.get("variant") or FULL, listed(asked.get("changes")))
    return {**asked, "recipe": best.recipe, "variant": variant, "changes": changes, "track": asked.get("track") or photos}
