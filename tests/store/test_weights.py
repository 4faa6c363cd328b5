"""Weights are loaded whole, from the right file, into the right model, or not at all."""

import hashlib
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim, load_weights, save_weights

ABOUT = {"architecture": "abc", "recipe": "spgnet", "variant": "wo-iaam", "track": "figures-64"}


def make_model(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    save_weights(make_model().state_dict(), path, ABOUT)
    return path


def test_round_trip_in_half_precision(tmp_path: Path) -> None:
    model, copy, path = make_model(), make_model(), tmp_path / "new" / "w.safetensors"
    model[1].running_var.fill_(1e6)  # type: ignore[union-attr, operator] # beyond fp16
    sha256 = save_weights(model.state_dict(), path, ABOUT)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == file_sha256(path)
    assert load_weights(copy, path, architecture="abc", sha256=sha256) == sha256
    for name, value in model.state_dict().items():
        loaded = copy.state_dict()[name]
        assert loaded.dtype == value.dtype
        torch.testing.assert_close(loaded, value.half().to(value.dtype) if value.max() < 1e5 else value, rtol=0, atol=0)


def test_another_file_than_promised(path: Path) -> None:
    with pytest.raises(ZooError, match="not the file it should be"):
        load_weights(make_model(), path, architecture="abc", sha256="0" * 64)


def test_another_recipe_is_named(path: Path) -> None:
    with pytest.raises(ZooError, match=r"recipe spgnet \(wo-iaam\) on track figures-64"):
        load_weights(make_model(), path, architecture="xyz")


@pytest.mark.parametrize("damage", [lambda c: c[:-20], lambda c: c[:5], lambda c: b"", lambda c: b"GIF8" * 50])
def test_damaged_files(path: Path, damage: object) -> None:
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    model = make_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ZooError, match="damaged"):
        load_weights(model, path, architecture="abc")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("name", ["latest_net_G.pth", "weights.safetensors"])
def test_a_pickle_is_named_and_never_opened(name: str, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> object:
            return (tmp_path.joinpath("sprung").mkdir, ())

    for content in (pickle.dumps(Trap()), pickle.dumps({"a": Trap()})):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ZooError, match="a PyTorch pickle of another project; only safetensors are read"):
            load_weights(make_model(), tmp_path / name, architecture="abc")
    for old in (True, False):
        torch.save(make_model().state_dict(), tmp_path / name, _use_new_zipfile_serialization=not old)
        with pytest.raises(ZooError, match="a PyTorch pickle of another project"):
            load_weights(make_model(), tmp_path / name, architecture="abc")
    assert not (tmp_path / "sprung").exists()


def test_equal_content_makes_equal_files(tmp_path: Path) -> None:
    model, words = make_model(), {str(i): "x" * i for i in range(40)}
    other = dict(reversed(list(words.items())))
    files = [tmp_path / str(i) for i in range(4)]
    made = {save_weights(model.state_dict(), path, other if i % 2 else words) for i, path in enumerate(files)}
    assert len(made) == len({path.read_bytes() for path in files}) == 1
    tensors, metadata = read_tensors(files[0])
    assert metadata == words and tensors.keys() == model.state_dict().keys()


@pytest.mark.parametrize(
    "told",
    [{"steps": "abc"}, {"steps": "-1"}, {"steps": "9" * 400}, {"images_seen": "nan"}, {"precision": "fp16"}, {"seed": ""}],
)
def test_a_claim_that_cannot_be_is_refused(told: dict[str, str], path: Path) -> None:
    sound = {"seed": "1", "steps": "3", "images_seen": "6", "recipe": "spgnet"}
    assert (claim(sound, path).steps, claim(sound, path).precision) == (3, "no")
    with pytest.raises(ZooError, match=f"tells of its training what cannot be: {next(iter(told))}"):
        claim({**sound, **told}, path)
    with pytest.raises(ZooError, match="missing key 'images_seen'"):
        claim({"seed": "1", "steps": "3"}, path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"none\.safetensors"):
        load_weights(make_model(), tmp_path / "none.safetensors", architecture="abc")


def test_a_file_without_metadata(tmp_path: Path) -> None:
    save_file(make_model().state_dict(), tmp_path / "bare.safetensors")
    with pytest.raises(ZooError, match=r"recipe \?"):
        load_weights(make_model(), tmp_path / "bare.safetensors", architecture="abc")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: s.pop("0.bias"), "0.bias is missing"),
        (lambda s: s.update(extra=torch.zeros(1)), "extra is unexpected"),
        (lambda s: s.update({"0.bias": torch.zeros(5)}), r"0.bias is \(5,\), expected \(3,\)"),
    ],
)
def test_strict(change: object, what: str, tmp_path: Path) -> None:
    state = dict(make_model().state_dict())
    change(state)  # type: ignore[operator]
    save_weights(state, tmp_path / "w.safetensors", ABOUT)
    with pytest.raises(ZooError, match=what):
        load_weights(make_model(), tmp_path / "w.safetensors", architecture="abc")


def test_a_long_list_of_faults_is_cut(path: Path) -> None:
    with pytest.raises(ZooError, match=r"and \d+ more"):
        load_weights(make_model(width=4), path, architecture="abc")


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(ZooError, match="no regular file"):
        file_sha256(tmp_path / "pipe.safetensors")
