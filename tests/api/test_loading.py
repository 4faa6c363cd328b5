"""Everything that `zoo.load` takes for a name."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import zoo
from zoo.api import PUBLIC


def test_importing_it_imports_no_torch_and_shows_every_name() -> None:
    code = "import sys, zoo; assert {*zoo.__all__} <= {*dir(zoo)}; print({'torch', 'numpy', 'pydantic'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_every_public_name_is_there_and_typed() -> None:
    for name in PUBLIC:
        assert getattr(zoo, name) is not None
    assert {*zoo.__all__} == {*PUBLIC, "ZooError"}
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        zoo.lode  # noqa: B018


def test_no_module_is_called_as_a_public_name() -> None:
    """`import zoo.run` anywhere would make `zoo.run` a module."""
    rooms = {
        path.stem for path in Path(zoo.__file__).parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert not rooms & {*PUBLIC}


def test_the_best_of_a_track_comes_with_its_weights() -> None:
    model = zoo.load("zoo.best", device="cpu")
    assert model.track.name == "figures-64" and model.weights.origin == "registry" and model.recipe.name == "spgnet"
    with pytest.raises(zoo.ZooError, match="stands for nothing on track figures-256"):
        zoo.load("zoo.best", track="figures-256")


@pytest.mark.parametrize(
    ("recipe", "how", "complaint"),
    [
        ("spgnot", {}, "did you mean 'spgnet'"),
        ("spgnet", {"track": "figures-63"}, "did you mean 'figures-64'"),
        ("spgnet", {"variant": "fuller"}, "unknown variant"),
        ("spgnet", {"changes": ["merge.levelz=2"]}, "levelz"),
        ("spgnet", {"device": "cuda:99"}, "cannot be used"),
        ("spgnet", {"seed": -1}, "seed"),
        ("nowhere/at/all", {}, "is no folder of a run"),
        ("hf:somebody/something", {}, "commit"),
        ("nowhere.safetensors", {}, "nowhere.safetensors"),
        ("spgnet", {"track": "photos-256", "size": "huge"}, "unknown size 'huge'"),
    ],
)
def test_what_cannot_be_loaded_is_refused(recipe: str, how: dict[str, str], complaint: str) -> None:
    with pytest.raises(zoo.ZooError, match=complaint):
        zoo.load(recipe, **how)  # type: ignore[arg-type]


def test_a_model_moves(small: Path) -> None:
    model = zoo.load("copy", track=small)
    assert model.to("cpu").device == torch.device("cpu")
    with pytest.raises(zoo.ZooError, match="cannot be used"):
        model.to("cuda:99")
