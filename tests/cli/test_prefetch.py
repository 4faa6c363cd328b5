"""`zoo prefetch`: what is needed, what is here, and the right file or none."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.cli.conftest import Zoo
from tests.scoring.stand_ins import Shelf, shelf
from zoo.recipes.catalog import catalog
from zoo.scoring.needed import needed_networks
from zoo.store import networks
from zoo.store.networks import folder, require
from zoo.store.registry import NetworkEntry, find_network

__all__ = ["shelf"]  # a fixture


@pytest.fixture
def elsewhere(shelf: Shelf, tmp_path: Path) -> tuple[NetworkEntry, Path]:
    """The entry of a stand-in for AlexNet, and its file in a folder where nobody looks."""
    entry = shelf("alexnet")
    aside = tmp_path / "downloads" / entry.file
    aside.parent.mkdir()
    return entry, require(entry).rename(aside)


def test_everything_is_listed_with_what_is_known_of_it(zoo: Zoo, shelf: Shelf) -> None:
    rows = {row["name"]: row for row in zoo("prefetch", "--json").json}
    assert (
        rows["vgg19"]["state"] == "missing" and rows["vgg19"]["get"] == "zoo prefetch vgg19" and not rows["vgg19"]["verified"]
    )
    assert rows["lpips-alex"]["state"] == rows["photos.judge"]["state"] == "here" and rows["photos.judge"]["verified"]
    assert all(len(row["sha256"]) == 64 and row["licence"] and row["size"] for row in rows.values())
    assert "vgg19" in zoo("prefetch").out


def test_a_file_is_adopted_once_its_hash_is_right(zoo: Zoo, elsewhere: tuple[NetworkEntry, Path]) -> None:
    entry, aside = elsewhere
    assert [row["state"] for row in zoo("prefetch", "alexnet", "--list", "--json").json] == ["missing"]
    done = zoo("prefetch", "alexnet", "--from", aside, "--json")
    assert [(row["state"], row["path"]) for row in done.json] == [("here", str(folder() / entry.file))]
    assert aside.exists() and require(entry).read_bytes() == aside.read_bytes()


def test_a_folder_gives_what_it_holds(zoo: Zoo, elsewhere: tuple[NetworkEntry, Path]) -> None:
    assert zoo("prefetch", "alexnet", "--from", elsewhere[1].parent).code == 0 and require(elsewhere[0])
    other = zoo("prefetch", "vgg16", "--from", elsewhere[1].parent)
    assert other.code == 1 and "vgg16-397923af.pth" in other.err and "zoo prefetch vgg16" in other.err


@pytest.mark.parametrize("damage", [lambda c: c[:-1] + b"x", lambda c: c[:1000], lambda c: b""])
def test_another_file_is_never_adopted(zoo: Zoo, elsewhere: tuple[NetworkEntry, Path], damage: object) -> None:
    entry, aside = elsewhere
    aside.write_bytes(damage(aside.read_bytes()))  # type: ignore[operator]
    done = zoo("prefetch", "alexnet", "--from", aside)
    assert done.code == 1 and entry.sha256 in done.err and not [*folder().glob("*")]
    assert zoo("prefetch", "alexnet", "--from", aside.parent / "none.pth").code == 1


def test_fetching_checks_what_came_and_replaces_what_was_wrong(
    zoo: Zoo, elsewhere: tuple[NetworkEntry, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, aside = elsewhere
    asked: list[str] = []

    def answer(url: str, timeout: float) -> object:
        asked.append(url)
        return aside.open("rb")

    monkeypatch.setattr(networks, "urlopen", answer)
    (folder() / entry.file).write_bytes(b"wrong")
    assert zoo("prefetch", "alexnet", "--list", "--json").json[0]["state"] == "another file" and not asked
    assert zoo("prefetch", "alexnet").code == 0 and asked == [entry.url] and require(entry)
    assert zoo("prefetch", "alexnet").code == 0 and len(asked) == 1  # once is enough
    (folder() / entry.file).unlink()
    aside.write_bytes(b"not it")
    done = zoo("prefetch", "alexnet")
    assert done.code == 1 and entry.url in done.err and not [*folder().glob("*")]


def test_offline_it_says_so(zoo: Zoo, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(url: str, timeout: float) -> object:
        raise OSError("no route to host")

    monkeypatch.setattr(networks, "urlopen", broken)
    done = zoo("prefetch", "inception-2015")
    assert done.code == 1 and "no route to host" in done.err and "--from FILE" in done.err


def test_what_torchvision_fetched_is_used_where_it_lies(elsewhere: tuple[NetworkEntry, Path], tmp_path: Path) -> None:
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    moved = elsewhere[1].rename(cache / elsewhere[0].file)
    assert require(elsewhere[0]) == moved


def test_the_same_file_by_its_other_name(shelf: Shelf) -> None:
    entry = shelf("inception-2015")
    require(entry).rename(folder() / entry.also[0])
    assert require(entry).name == "weights-inception-2015-12-05-6726825d.pth"


def test_parts_name_networks_that_there_are(zoo: Zoo) -> None:
    parts = [part for shelf in catalog().components.values() for owners in shelf.items.values() for _, part in owners]
    assert {"vgg19", "vitpose", "segformer-clothes"} <= {find_network(name).name for part in parts for name in part.networks}
    assert "network of others: vgg19 (zoo prefetch vgg19)" in zoo("show", "base.vgg19").out


def test_a_run_that_lacks_a_network_says_how_to_get_it(zoo: Zoo, shelf: Shelf, track: Path) -> None:
    track.write_text(track.read_text().replace('features = "figures.features"', 'features = "base.vgg19"'))
    done = zoo("run", "--recipe", "scmnet", "--track", track, "--from-scratch")
    assert done.code == 1 and "vgg19-dcbb9e9d.pth" in done.err and "zoo prefetch vgg19" in done.err
    assert not [*Path("runs").rglob("*.safetensors")]


def test_names_lead_to_their_networks(zoo: Zoo) -> None:
    def needed(name: str) -> list[str]:
        return [entry.name for entry in needed_networks(name, catalog())]

    assert needed("base.vgg19") == needed("vgg19") == ["vgg19"]
    assert needed("photos-128") == ["photos.detector", "photos.features", "photos.judge"]
    assert needed("zoo-256x176") == ["alexnet", "inception-2015", "lpips-alex", "lpips-vgg", "vgg16"]
    assert needed("gfla-256") == ["alexnet", "inception-imagenet", "lpips-alex"] and needed("pise-psnr-legacy") == []
    assert needed("scmnet") == [] and "needs no network" in zoo("prefetch", "scmnet").out
    wrong = zoo("prefetch", "vgg18")
    assert wrong.code == 2 and "vgg19" in wrong.err
    assert zoo("prefetch", "--from", "x").code == 2


def test_the_hub_is_asked_at_its_commit_and_what_it_keeps_is_used(
    zoo: Zoo, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = shelf("vitpose", torch.nn.Linear(2, 2))
    assert entry.hub is not None
    kept = require(entry).rename(tmp_path / "model.safetensors")  # as it lies in the Hub's own cache
    cached: dict[str, str] = {}
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda repo, file, revision: cached.get(revision))

    def download(repo: str, filename: str, *, revision: str, force_download: bool) -> str:
        assert (repo, filename) == ("usyd-community/vitpose-base-simple", "model.safetensors")
        assert force_download == bool(cached), "what lies there already is not the right file"
        cached[revision] = str(kept)
        return cached[revision]

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda url: SimpleNamespace(size=kept.stat().st_size))
    assert zoo("prefetch", "vitpose", "--list", "--json").json[0]["state"] == "missing"
    done = zoo("prefetch", "photos.vitpose", "--json")
    assert done.json[0]["path"] == str(kept) and [*cached] == [entry.hub.revision]
    kept.write_bytes(b"something else")
    done = zoo("prefetch", "vitpose")
    assert done.code == 1 and entry.hub.revision in done.err and entry.sha256 in done.err
