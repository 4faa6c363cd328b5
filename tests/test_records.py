"""Records: whole, immutable, verifiable, and never a reason to crash."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from zoo.errors import ZooError
from zoo.recipes.recipe import make_recipe
from zoo.recipes.track import Track
from zoo.results.record import Hardware, PartCost, Record, Times, read_record, read_records, write_record
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import protocol


def make_record(scores: dict[str, Interval] | None = None, track: dict[str, Any] | None = None, **changes: Any) -> Record:
    """A record of a small recipe; `recipe`, `oracle` and `variant` change the recipe, the rest the run."""
    own = {"name": changes.pop("recipe", "mine"), "variant": changes.pop("variant", "full")}
    document = {
        **own, "oracle": changes.pop("oracle", False), "regions": "scm8",
        "pose": "a.pose", "style": "a.style", "merge": "a.merge", "generator": "a.generator",
        "losses": {"rec": {"use": "a.l1", "weight": changes.pop("weight", 1.0)}},
        "phases": [{"name": "main", "train": ["generator"], "losses": ["rec"], "pairing": "a.self"}],
    }  # fmt: skip
    place = {"name": "t", "dataset": "a.data", "size": [64, 64], "protocol": "figures-v1", "budget": {"steps": 10, "batch": 2}}
    parts = {"merge": (3, 4), "style": (1, 1)}
    run: dict[str, Any] = {
        "seed": 0, "protocol": protocol("figures-v1"), "data": "d" * 64, "origin": "trained", "weights": "a" * 64,
        "steps": 10, "images_seen": 20, "precision": "no", "pairs": 8,
        "versions": {"zoo": "1"}, "hardware": Hardware(cpu="c", cores=2),
        "scores": scores or {"masked_ssim": Interval(mean=0.5, low=0.4, high=0.6, n=8)},
        "parts": {name: PartCost(component=f"a.{name}", parameters=p, macs=m) for name, (p, m) in parts.items()},
        "times": Times(train_seconds=0.1), "created": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    recipe, arena = make_recipe(document, where="test"), Track.model_validate({**place, **(track or {})})
    return Record.new(recipe=recipe, track=arena, **{**run, **changes})


def problems_of(folder: Path) -> list[str]:
    found: list[str] = []
    assert read_records([folder], report=found.append) == []
    return found


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    record = make_record()
    path = write_record(record, tmp_path / "deep")
    assert path.name == f"t--mine--full--seed0--{record.id[:12]}.json"
    assert read_record(path) == record and read_record(path).id == record.id
    assert (record.recipe_name, record.variant, record.track_name, record.oracle) == ("mine", "full", "t", False)
    assert record.pairings == ["a.self"] and record.weights.batch == 2


def test_a_precision_is_told_and_older_records_keep_their_ids(tmp_path: Path) -> None:
    assert make_record(precision="bf16").weights.precision == "bf16"
    assert read_record(write_record(make_record(precision="bf16"), tmp_path)).weights.precision == "bf16"
    assert "precision" not in make_record().model_dump(mode="json")["weights"]
    assert make_record(precision="bf16").id != make_record().id


def test_the_id_is_the_content() -> None:
    assert make_record().id == make_record().id
    assert make_record().id != make_record(seed=1).id


def test_writing_twice_is_harmless_and_other_content_is_refused(tmp_path: Path) -> None:
    record = make_record()
    path = write_record(record, tmp_path)
    assert write_record(record, tmp_path) == path and len(list(tmp_path.iterdir())) == 1
    path.write_text(path.read_text().replace("0.5", "0.9"))
    with pytest.raises(ZooError, match="other content"):
        write_record(record, tmp_path)


def test_names_are_made_safe_for_files(tmp_path: Path) -> None:
    path = write_record(make_record(recipe="../../etc/x y"), tmp_path)
    assert path.parent == tmp_path and "/" not in path.name and " " not in path.name


def test_a_tampered_record_is_reported_and_left_out(tmp_path: Path) -> None:
    path = write_record(make_record(), tmp_path)
    path.write_text(path.read_text().replace('"mean": 0.5', '"mean": 0.99'))
    assert len(found := problems_of(tmp_path)) == 1 and "altered after it was written" in found[0] and path.name in found[0]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b'"x"', b"{}", b"\xff\xfe", b'{"id": "x"}', b"[" * 100_000, b'{"id": NaN, "seed": NaN}'],
    ids=["empty", "cut", "list", "number", "string", "object", "bytes", "id only", "deep", "nan"],
)
def test_files_that_are_no_records_are_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    assert len(found := problems_of(tmp_path)) == 1 and "bad.json is not a valid record" in found[0]


def test_good_records_survive_bad_neighbours_and_come_oldest_first(tmp_path: Path) -> None:
    new, old = make_record(created="2026-03-01T00:00:00+00:00"), make_record(created="2026-02-01T00:00:00+02:00")
    for folder in (tmp_path / "a", tmp_path / "b"):  # the same record twice counts once
        write_record(new, folder)
    write_record(old, tmp_path / "b")
    (tmp_path / "a" / "bad.json").write_text("{}")
    found: list[str] = []
    assert read_records([tmp_path / "a", tmp_path / "b", tmp_path / "absent"], report=found.append) == [old, new]
    assert len(found) == 1


def test_problems_are_warnings_unless_asked_otherwise(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    with pytest.warns(UserWarning, match=r"bad\.json"):
        read_records([tmp_path])


@pytest.mark.parametrize(
    "change",
    [
        {"weights": "abc"}, {"origin": "found"}, {"pairs": 0}, {"created": "2026-01-01T00:00:00"}, {"steps": -1},
        {"scores": {"ssim": {"mean": float("nan"), "low": 0, "high": 0, "n": 1}}},
    ],
)  # fmt: skip
def test_nonsense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_record(**change)


def test_unknown_keys_are_refused(tmp_path: Path) -> None:
    path = write_record(make_record(), tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "score": 1}))
    assert "Extra inputs" in problems_of(tmp_path)[0]


def test_hardware_is_named_by_kind() -> None:
    here = Hardware.of("cpu")
    assert here.cpu and here.cores >= 1 and here.gpu is None
