"""registry.toml: checked, misspelt keys named, weights found by exactly their recipe."""

import json
from pathlib import Path
from typing import Any

import pytest

from zoo.documents.files import assets
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import load_track
from zoo.recipes.trained import as_trained
from zoo.store import registry as module
from zoo.store.networks import require
from zoo.store.registry import (
    Registry,
    WeightsEntry,
    fetch_weights,
    find_alias,
    find_weights,
    locate,
    read_registry,
    registry,
)

ENTRY: dict[str, Any] = {
    "recipe": "mine", "track": "t", "digest": "a" * 64, "file": "benchmarks/weights/x.safetensors", "sha256": "b" * 64,
    "licence": "Apache-2.0", "steps": 10, "images_seen": 20,
}  # fmt: skip
HUB = f"hf:me/weights@{'c' * 40}:x.safetensors"


NETWORK: dict[str, Any] = {
    "name": "net", "summary": "a net", "file": "net.pth", "sha256": "b" * 64, "size": 1, "licence": "MIT", "url": "https://x/net.pth",
}  # fmt: skip


def written(tmp_path: Path, entry: dict[str, Any], rest: str = "", table: str = "weights") -> Path:
    def literal(value: Any) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{k} = {literal(v)}" for k, v in value.items()) + " }"
        return f'"{value}"' if isinstance(value, str) else str(value)

    path = tmp_path / "registry.toml"
    path.write_text(rest + f"[[{table}]]\n" + "".join(f"{k} = {literal(v)}\n" for k, v in entry.items() if v is not None))
    return path


def test_the_project_s_registry_is_valid_and_its_files_exist() -> None:
    for entry in registry().weights:
        assert entry.hub or locate(entry).is_file()


def test_shipped_weights_belong_to_recipes_as_they_are_now() -> None:
    for entry in registry().weights:
        scale = load_track(catalog().tracks[entry.track]).scale
        recipe = load_recipe(catalog().recipes[entry.recipe], size=scale, variant=entry.variant)
        assert as_trained(recipe, catalog()).digest() == entry.digest, (
            f"{entry.recipe} ({entry.variant}) changed: train it again on {entry.track}"
        )


def test_networks_inside_packages_are_those_of_the_registry() -> None:
    inside = [entry for entry in registry().networks if entry.package]
    assert {"photos.parser", "figures.judge", "lpips-alex"} <= {entry.name for entry in inside}
    for entry in inside:
        path = require(entry)  # else: what trained it anew must write sha256 and size into registry.toml
        assert entry.verified and entry.size == path.stat().st_size, entry.name


def test_frozen_nets_are_all_in_the_registry_and_agree_with_their_records() -> None:
    known = {(entry.package, entry.file): entry for entry in registry().networks}
    for record in (assets() / "plugins").glob("*/weights/accuracy.json"):
        for name, facts in json.loads(record.read_text()).items():
            entry = known[record.parts[-3], f"weights/{name}.safetensors"]
            assert entry.sha256 == facts["sha256"] and (assets() / entry.accuracy) == record


def test_what_nobody_here_has_held_carries_its_hash_in_its_name() -> None:
    for entry in registry().networks:
        assert entry.verified or entry.hub or Path(entry.file).stem.endswith(f"-{entry.sha256[:8]}"), entry.name


def test_published_rows_are_the_papers_numbers() -> None:
    quoted = {(p.paper, p.table, p.dataset, p.method): p.metrics for p in registry().published}
    assert len(quoted) == len(registry().published)  # no row twice
    assert quoted["scmnet", "Table 1", "DeepFashion", "SCM-Net"] == {"fid": 12.18, "ssim": 0.751, "lpips": 0.182, "is": 3.632}
    assert quoted["scmnet", "Table 1", "DeepFashion", "PISE"] == {"fid": 13.61, "lpips": 0.2059}
    assert {p for p, *_ in quoted} == {"scmnet", "spgnet", "partflow", "spt"}
    bounded = {"ssim", "mask_ssim", "lpips", "mask_lpips", "pckh"}
    assert all(0 < v < 1 for m in quoted.values() for k, v in m.items() if k in bounded)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha265": "b" * 64}, "did you mean 'sha256'"),
        ({"sha256": "abc"}, "sha256"),
        ({"licence": None}, "missing key 'licence'"),
        ({"file": "../secret.safetensors"}, "inside the project"),
        ({"file": "/etc/x.safetensors"}, "inside the project"),
        ({"file": "x.pt"}, r"\.safetensors"),
        ({"file": None}, "no place, or in two"),
        ({"hub": HUB}, "no place, or in two"),
        ({"file": None, "hub": "hf:me/weights@main:x.safetensors"}, "no file at a fixed commit"),
        ({"file": None, "hub": f"{HUB}.bin"}, r"\.safetensors"),
        ({"steps": 0}, "steps"),
    ],
)
def test_wrong_entries_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ZooError, match=message) as error:
        read_registry(written(tmp_path, {**ENTRY, **change}))
    assert "weights, entry 1" in error.value.where


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": None}, "no place, or from several"),
        ({"hub": HUB}, "no place, or from several"),
        ({"url": "http://x/net.pth"}, "url"),
        ({"sha256": "b" * 8}, "sha256"),
        ({"file": "../net.pth"}, "inside the project"),
        ({"licence": None}, "missing key 'licence'"),
    ],
)
def test_wrong_networks_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ZooError, match=message) as error:
        read_registry(written(tmp_path, {**NETWORK, **change}, table="networks"))
    assert "networks, entry 1" in error.value.where


def test_two_networks_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, NETWORK, table="networks")
    path.write_text(path.read_text() * 2)
    with pytest.raises(ZooError, match="2 networks are called net"):
        read_registry(path)


def test_misspelt_sections_and_double_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text("[[weigths]]\n")
    with pytest.raises(ZooError, match="did you mean 'weights'"):
        read_registry(path)
    twice = written(tmp_path, ENTRY)
    twice.write_text(twice.read_text() * 2)
    with pytest.raises(ZooError, match=r"two entries .* mine \(full\) on t"):
        read_registry(twice)


def nickname() -> str:
    about = 'name = "nick", track = "t", recipe = "mine", variant = "thin", changes = ["merge.levels=2"]'
    return "[[aliases]]\n" + about.replace(", ", "\n") + '\nsince = 2026-01-02\nwhy = "it leads"\n'


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = read_registry(written(tmp_path, ENTRY, nickname()))
    monkeypatch.setattr(module, "registry", lambda: found)
    monkeypatch.setattr(module, "assets", lambda: tmp_path)
    return found


def test_weights_are_found_by_recipe_and_track_only(mine: Registry) -> None:
    assert find_weights("a" * 64, "t") == mine.weights[0]
    assert find_weights("f" * 64, "t") is None and find_weights("a" * 64, "u") is None


def test_an_alias_is_known_track_by_track(mine: Registry, tmp_path: Path) -> None:
    found = find_alias("nick", "t")
    assert found and (found.recipe, str(found)) == ("mine", "mine (thin, merge.levels=2)") and find_alias("other", "t") is None
    assert found.meant("full", ["ema=0"]) == ("thin", ["merge.levels=2", "ema=0"]) and found.meant("wide", [])[0] == "wide"
    with pytest.raises(ZooError, match="nick stands for nothing on track u yet") as error:
        find_alias("nick", "u")
    assert "--track t: mine" in error.value.fix
    with pytest.raises(ZooError, match="nick stands for 2 recipes on t"):
        read_registry(written(tmp_path, ENTRY, nickname() * 2))


def test_files_are_located_or_missed_aloud(mine: Registry, tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"mine \(full\) on t are missing") as error:
        locate(mine.weights[0])
    assert "--from-scratch" in error.value.fix
    path = tmp_path / "benchmarks" / "weights" / "x.safetensors"
    path.parent.mkdir(parents=True)
    path.touch()
    assert locate(mine.weights[0]) == path


def on_the_hub() -> WeightsEntry:
    return WeightsEntry.model_validate({**ENTRY, "file": None, "hub": HUB})


def test_weights_of_the_hub_are_taken_from_its_cache_and_never_fetched_on_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *given, **more: pytest.fail("nobody asked"))
    with pytest.raises(ZooError, match=r"x\.safetensors has not been fetched") as error:
        locate(on_the_hub())
    assert error.value.fix == f"zoo prefetch {HUB}"
    monkeypatch.setattr(
        "huggingface_hub.try_to_load_from_cache", lambda repo, file, revision: f"/cache/{repo}/{revision}/{file}"
    )
    assert locate(on_the_hub()) == Path(f"/cache/me/weights/{'c' * 40}/x.safetensors")


def test_without_a_network_fetching_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ZooError, match="Hugging Face Hub could not be used") as error:
        fetch_weights(on_the_hub())
    assert "check the connection" in error.value.fix and "--from-scratch" in error.value.fix
