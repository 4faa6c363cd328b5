"""Everything that `zoo.load` takes for a name."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import zoo
from zoo.api import PUBLIC
from zoo.model import build
from zoo.recipes.catalog import catalog


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


def test_a_model_lies_channels_last_and_paints_what_it_painted() -> None:
    """A quarter of a forward pass on a CPU."""
    loaded = zoo.load("scmnet", device="cpu", precision="no")
    convolutions = [m.weight for m in loaded.model.modules() if isinstance(m, nn.Conv2d)]
    assert convolutions and all(w.is_contiguous(memory_format=torch.channels_last) for w in convolutions)
    kit = build(loaded.recipe, loaded.track, catalog())
    kit.model.load_state_dict(loaded.model.state_dict())
    pair = kit.data.load("test", torch.tensor([0, 6]), torch.tensor([1, 7]))
    with torch.no_grad():
        one, other = loaded.model(kit.model.translate(pair)).image, kit.model.eval()(pair).image
    torch.testing.assert_close(one, other, atol=2e-4, rtol=0)
