"""An exported file gives what the model gives, takes what it reads and no more, and refuses what a graph cannot."""

from pathlib import Path

import pytest
import torch

from zoo.errors import ZooError
from zoo.exporting import making
from zoo.exporting.contract import ENDINGS, Format, check_path
from zoo.exporting.edge import check_inputs, inputs_of, people_of_noise
from zoo.exporting.formats import load_exported
from zoo.model import Kit, build
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track
from zoo.running.weights import stored_weights
from zoo.types import Pair


def shipped(name: str, variant: str = "full") -> tuple[Recipe, Track, Kit]:
    """A recipe on figures-64 with its weights, its labels in the data's words."""
    request = Request(name, variant)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    stored_weights(request, recipe, track, kit.model)
    kit.model.eval()
    return recipe, track, kit


def written(folder: Path, name: str, to: Format, variant: str = "full") -> Path:
    """The recipe exported, its labels in its own words."""
    recipe, track, kit = shipped(name, variant)
    model = making.build_model(recipe.model_copy(update={"remap": None}), kit.context, recipe.regions, catalog())
    model.load_state_dict(kit.model.state_dict())
    path = folder / f"{name}{ENDINGS[to]}"
    making.export(model, recipe, track, catalog(), path, to, weights="0" * 64, licence="Apache-2.0")
    return path


def real_pairs(kit: Kit, first: int, count: int) -> Pair:
    sources, targets = torch.tensor(list(kit.data.pairs("test"))[first : first + count]).unbind(1)
    return kit.data.load("test", sources, targets)


@pytest.mark.parametrize("to", ["torch-export", "onnx"])
def test_a_file_gives_what_the_model_gives_whatever_the_batch(to: Format, tmp_path: Path) -> None:
    file = load_exported(written(tmp_path, "scmnet", to))
    recipe, _, kit = shipped("scmnet")
    assert file.contract.recipe_digest == recipe.digest() and file.contract.weights == "0" * 64
    for first, count in ((0, 1), (1, 5)):
        pair = real_pairs(kit, first, count)
        own = kit.model.translate(pair)
        with torch.no_grad():
            truth = kit.model(pair).image
        assert truth is not None
        given = file(**inputs_of(file.contract, own.source, own.target))
        assert (given - truth).abs().max() <= 1e-4


def test_torchscript_takes_one_person_at_a_time(tmp_path: Path) -> None:
    file = load_exported(written(tmp_path, "scmnet", "torchscript"))
    _, _, kit = shipped("scmnet")
    for first in (0, 7):
        pair = real_pairs(kit, first, 1)
        own = kit.model.translate(pair)
        with torch.no_grad():
            truth = kit.model(pair).image
        assert truth is not None
        assert (file(**inputs_of(file.contract, own.source, own.target)) - truth).abs().max() <= 1e-4
    two = kit.model.translate(real_pairs(kit, 0, 2))
    with pytest.raises(ZooError, match="has the shape"):
        inputs_of(file.contract, two.source, two.target)


def test_only_what_is_read_is_asked_for(tmp_path: Path) -> None:
    file = load_exported(written(tmp_path, "copy", "torch-export"))
    assert [one.name for one in file.contract.inputs] == ["source_image"]
    photo = torch.rand(2, 3, 64, 64)
    assert torch.equal(file(source_image=photo), photo)


def test_the_edge_refuses_what_the_graph_would_swallow(tmp_path: Path) -> None:
    contract = load_exported(written(tmp_path, "copy", "torch-export")).contract
    contract = contract.model_copy(update={"inputs": making.candidates((64, 64), 0, layout=False)})
    good = people_of_noise(contract.inputs, len(contract.regions), 2, seed=0)
    check_inputs(contract, good)
    nan = torch.full((2, 18, 2), torch.nan)
    for name, bad, told in (
        ("source_image", good["source_image"] * 3, "source_image holds"),
        ("source_image", good["source_image"].double(), "float64, not float32"),
        ("source_regions", good["source_regions"] + 100, "source_regions holds"),
        ("target_joints", good["target_joints"][:1], "has the shape"),
        ("target_joints", nan, "nan or infinity"),
        ("photo", good["source_image"], "is not read"),
    ):
        with pytest.raises(ZooError, match=told):
            check_inputs(contract, {**good, name: bad})
    with pytest.raises(ZooError, match="target_visible is missing"):
        check_inputs(contract, {name: tensor for name, tensor in good.items() if name != "target_visible"})
    check_inputs(contract, {**good, "target_joints": nan, "target_visible": torch.zeros(2, 18, dtype=torch.bool)})


def test_what_cannot_be_traced_is_refused_with_the_place_and_the_nearest_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, track, kit = shipped("copy", "sheets")

    def traced(model: object, *_: object) -> None:
        if model is kit.model:
            raise RuntimeError("Could not guard on data-dependent expression")

    monkeypatch.setattr(making, "traced", traced)
    with pytest.raises(ZooError, match="hangs on the values") as refused:
        making.export(kit.model, recipe, track, catalog(), Path("x.pt2"), "torch-export", weights=None, licence="")
    assert refused.value.fix == "--variant puppet can"


@pytest.mark.parametrize("to", ENDINGS)
@pytest.mark.parametrize(
    ("name", "variant", "told"),
    [("scmnet", "flow-matching", "paints in several steps"), ("spgnet", "two-sources", "reads 2 photos of a person")],
)
def test_what_no_graph_takes_is_refused(name: str, variant: str, told: str, to: Format, tmp_path: Path) -> None:
    recipe, track = resolve(Request(name, variant), catalog())
    kit = build(recipe, track, catalog())
    with pytest.raises(ZooError, match=told):
        making.export(kit.model, recipe, track, catalog(), tmp_path / f"x{ENDINGS[to]}", to, weights=None, licence="")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("path", "to", "told"), [("x.pt2", "torchscript", "does not end"), ("x.pt2", "onnx", "does not end"),
                                                  ("x.tflite", "tflite", "unknown format")])  # fmt: skip
def test_formats(path: str, to: str, told: str) -> None:
    with pytest.raises(ZooError, match=told):
        check_path(Path(path), to)


def test_foreign_files(tmp_path: Path) -> None:
    for name in ("x.pt2", "x.onnx", "x.pt"):
        (tmp_path / name).write_bytes(b"something else")
        with pytest.raises(ZooError, match="no file that zoo export wrote"):
            load_exported(tmp_path / name)
