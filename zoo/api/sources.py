"""What a recipe with weights may be named by: a name, a file, a folder of a run, the Hub."""

from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.store.folder import RECIPE, TRACK, WEIGHTS

HUB = "hf:"
_WEIGHTS = ".safetensors"


def named(recipe: str | Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Keywords for what `recipe` names; what is `asked` for besides goes before."""
    told = str(recipe)
    if told.startswith(HUB):
        return given(of_hub(told), asked)
    if told.endswith(_WEIGHTS):
        return given(of_weights(Path(told)), asked)
    if isinstance(recipe, Path) or "/" in told or "\\" in told:
        return {**asked, "recipe": told} if told.endswith(".toml") else given(of_folder(Path(told)), asked)
    return {**asked, "recipe": told}


def given(found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What was found, and what is asked for besides."""
    return {**found, **{name: value for name, value in asked.items() if value or name not in found}}


def of_folder(folder: Path) -> dict[str, Any]:
    """The folder of a run: its recipe as it was resolved, its track, its weights."""
    recipe, weights = folder / RECIPE, folder / WEIGHTS
    if not (recipe.is_file() or weights.is_file()):
        fix = "name the folder of a training, as zoo train tells it"
        raise ZooError(f"{folder} is no folder of a run", where=str(folder), fix=fix, exit_code=2)
    if not recipe.is_file():  # of an older zoo
        return of_weights(weights)
    track = {"track": str(folder / TRACK)} if (folder / TRACK).is_file() else {}
    return {"recipe": str(recipe), **track, **({"weights": weights} if weights.is_file() else {})}


def of_weights(path: Path) -> dict[str, Any]:
    """A file of weights: the recipe beside it, or the one that it says it is of."""
    if (path.parent / RECIPE).is_file() and path.name == WEIGHTS:
        return of_folder(path.parent)
    from zoo.store.tensors import read_tensors

    about = read_tensors(path)[1]
    if "recipe" not in about:
        fix = 'name the recipe: zoo.load("spgnet", weights=...), for instance'
        raise ZooError(f"{path.name} does not say whose weights it holds", where=str(path), fix=fix, exit_code=2)
    return {"recipe": about["recipe"], "variant": about.get("variant", ""), "track": about.get("track", ""), "weights": path}


def of_hub(address: str) -> dict[str, Any]:
    """A repository on the Hugging Face Hub at a fixed commit; the run is laid out in runs/hub, as `zoo pull` does."""
    from zoo.hub.pulling import pull, unpack

    return of_folder(unpack(pull(address)))
