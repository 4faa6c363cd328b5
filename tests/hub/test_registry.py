"""Weights of registry.toml that live on the Hub: prefetched when asked, hashed, and then as good as shipped ones."""

from pathlib import Path

import pytest

from tests.cli.conftest import TRACK, Zoo
from tests.hub.server import Hub, Repository
from zoo.documents.reading import file_sha256
from zoo.results.files import read_record
from zoo.store.folder import WEIGHTS
from zoo.store.registry import Registry, WeightsEntry


@pytest.fixture
def entry(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> WeightsEntry:
    """Of the weights of `run`, which lie on the hub."""
    [path] = (run / "results").glob("*.json")
    record = read_record(path)
    repository = hub.repositories["me/mean"] = Repository()
    commit = repository.commit({"x.safetensors": (run / WEIGHTS).read_bytes()})
    found = WeightsEntry.model_validate({
        "recipe": "mean", "track": "tiny", "digest": record.recipe_digest, "hub": f"hf:me/mean@{commit}:x.safetensors",
        "sha256": file_sha256(run / WEIGHTS), "licence": "Apache-2.0", "steps": 2, "images_seen": 4,
    })  # fmt: skip
    for place in ("zoo.store.registry", "zoo.api.networks"):
        monkeypatch.setattr(f"{place}.registry", lambda: Registry(weights=[found]))
    Path("tiny.toml").write_text(TRACK)
    return found


def test_they_are_fetched_by_prefetch_alone(entry: WeightsEntry, hub: Hub, zoo: Zoo) -> None:
    run = ("run", "--recipe", "mean", "--track", "tiny.toml", "--json")
    done = zoo(*run)
    assert done.code == 1 and f"zoo prefetch {entry.hub}" in done.err and not hub.asked
    [row] = zoo("prefetch", "--json").json
    assert row["state"] == "missing" and row["from"] == str(entry.hub) and row["get"] == "zoo prefetch mean" and not hub.asked
    [row] = zoo("prefetch", "mean", "--json").json
    assert row["state"] == "here" and file_sha256(Path(row["path"])) == entry.sha256
    hub.asked.clear()
    assert zoo(*run).json["weights"]["origin"] == "registry" and not hub.asked
    assert zoo("prefetch", "mean").code == 0 and not hub.asked, "once is enough"


def test_another_file_is_refused_when_it_comes_and_where_it_lies(entry: WeightsEntry, hub: Hub, zoo: Zoo) -> None:
    [row] = zoo("prefetch", "mean", "--json").json
    Path(row["path"]).write_bytes(b"somebody wrote into the cache")
    done = zoo("run", "--recipe", "mean", "--track", "tiny.toml")
    assert done.code == 1 and "is not the file it should be" in done.err
    assert zoo("prefetch", "--json").json[0]["state"] == "another file"
    assert zoo("prefetch", "mean", "--json").json[0]["state"] == "here", "it is fetched anew"
    Path(row["path"]).unlink()
    commit = hub.repositories["me/mean"].commits
    commit.update({digits: {"x.safetensors": b"another file"} for digits in commit})
    done = zoo("prefetch", "mean")
    assert done.code == 1 and "this is not the weights of mean" in done.err and entry.sha256 in done.err
