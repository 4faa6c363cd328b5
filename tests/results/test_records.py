"""Records: whole, immutable, verifiable, and never a reason to crash."""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.results.runs import changed, make_record
from zoo.documents.files import assets
from zoo.documents.names import safe_name
from zoo.errors import ZooError
from zoo.results.files import read_record, read_records, write_record
from zoo.results.hardware import Hardware
from zoo.results.record import Record
from zoo.results.sealed import LARGEST, content_digest


def forge(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """A record with a valid id, whatever `change` made of it."""
    document = json.loads(write_record(make_record(), path.parent).read_text())
    change(document)
    (path.parent / make_record().file_name).unlink()
    path.write_text(json.dumps({**document, "id": content_digest(document)}))


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
    for name in ("../../etc/x y", "n" * 300, "\x1b[2J\n", "名"):
        record = make_record()
        path = write_record(changed(record, recipe={**record.recipe.model_dump(), "name": name}), tmp_path)
        assert path.parent == tmp_path and re.fullmatch(r"[A-Za-z0-9._+=-]{1,240}", path.name)
        assert read_record(path).recipe_name == name
    assert safe_name("scmnet-v1.2_x+y=3") == "scmnet-v1.2_x+y=3"
    assert len({safe_name(name) for name in ("a/b", "a-b", "a b", ".a-b", "", ".", "..")}) == 7, "two names are two files"


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
    assert len(found := problems_of(tmp_path)) == 1 and "bad.json is not a valid record of a run" in found[0]


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
    forge(tmp_path / "a.json", lambda d: d.update(score=1))
    assert "unknown key 'score'" in problems_of(tmp_path)[0]


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "recipe.name": lambda d: d["recipe"].pop("name"),
    "recipe.oracle": lambda d: d["recipe"].update(oracle="no"),
    "recipe.changes": lambda d: d["recipe"].update(changes=3),
    "recipe.variant": lambda d: d["recipe"].update(variant="v" * 1000),
    "track.name": lambda d: d["track"].update(name=None),
    "track.budget": lambda d: d["track"].pop("budget"),
    "track.budget.steps": lambda d: d["track"]["budget"].update(steps=-1),
    "parts.merge.parameters": lambda d: d["parts"]["merge"].update(parameters=10**400),
    "weights.images_seen": lambda d: d["weights"].update(images_seen=10**30),
    "seed": lambda d: d.update(seed=2**70),
    "created": lambda d: d.update(created="9999-12-31T23:59:59-12:00"),
    "masked_ssim: the interval from 0.4 to 0.6 does not hold its mean": lambda d: d["scores"]["masked_ssim"].update(mean=9),
    "scores.masked_ssim.high": lambda d: d["scores"]["masked_ssim"].update(high=1e308),
    "surrogates not allowed": lambda d: d["recipe"].update(name="\ud800"),
    "surrogates": lambda d: d["recipe"].update({"\udfff": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("says", "change"), FORGERIES.items(), ids=FORGERIES)
def test_a_valid_id_does_not_make_a_record(tmp_path: Path, says: str, change: Callable[[dict[str, Any]], object]) -> None:
    forge(tmp_path / "a.json", change)
    assert len(found := problems_of(tmp_path)) == 1 and says in found[0] and len(found[0]) < 1000


def test_special_files_are_reported_and_nobody_waits_for_them(tmp_path: Path) -> None:
    good = write_record(make_record(), tmp_path)
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "nowhere.json").symlink_to("gone.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    with (tmp_path / "giant.json").open("wb") as file:
        file.truncate(2 << 30)  # sparse
    (tmp_path / "large.json").write_bytes(b" " * LARGEST + good.read_bytes())
    found: list[str] = []
    assert read_records([tmp_path], report=found.append) == [make_record()]
    names = ("device", "folder", "giant", "large", "loop", "nowhere", "pipe")
    assert len(found) == len(names) and all(f"{name}.json" in line for name, line in zip(names, found, strict=True))


def test_a_file_one_may_not_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(make_record(), tmp_path).chmod(0)
    if os.geteuid() == 0:  # root may read everything
        monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert "Permission denied" in problems_of(tmp_path)[0]


def test_a_date_to_come_is_reported_and_counts_as_the_oldest(tmp_path: Path) -> None:
    old = make_record(created="2026-02-01T00:00:00+00:00")
    ahead = make_record(created=(datetime.now(UTC) + timedelta(days=3)).isoformat())
    for record in (old, ahead):
        write_record(record, tmp_path)
    found: list[str] = []
    assert read_records([tmp_path], report=found.append) == [ahead, old]
    assert len(found) == 1 and ahead.file_name in found[0] and "to come" in found[0]
    nearly = make_record(created=(datetime.now(UTC) + timedelta(hours=20)).isoformat())
    write_record(nearly, tmp_path)
    assert read_records([tmp_path], report=found.append)[-1] == nearly, "zones and clocks differ by hours"


def test_the_committed_records_are_written_as_they_were_read(tmp_path: Path) -> None:
    paths = sorted((assets() / "benchmarks" / "results").glob("*.json"))
    for path in paths:
        again = write_record(read_record(path), tmp_path)
        assert json.loads(again.read_bytes()) == json.loads(path.read_bytes()) and read_record(again) == read_record(path)
    assert len(paths) >= 40


def test_hardware_is_named_by_kind() -> None:
    here = Hardware.of("cpu")
    assert here.cpu and here.cores >= 1 and here.gpu is None


def test_multiply_adds_of_the_older_rule_are_told_and_keep_their_ids() -> None:
    now = make_record()
    assert now.model_dump(mode="json")["macs_protocol"] == now.macs_protocol == "macs-1"
    content = {key: value for key, value in now.model_dump(mode="json").items() if key not in ("id", "macs_protocol")}
    then = Record.of(content)
    assert then.macs_protocol == "macs-0" and "macs_protocol" not in then.model_dump(mode="json")
    assert then.id == content_digest(content) != now.id
