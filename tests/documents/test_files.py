"""Files are written whole or not at all, and every reason that stands against it is told."""

import os
import shutil
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from zoo.documents.files import require_space, require_writable, sweep, write_atomically
from zoo.errors import ZooError


def file_in_the_way(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("precious")
    return tmp_path / "file"


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    file = file_in_the_way(tmp_path)
    acts = [(require_writable, file), (require_writable, file / "in"), (partial(write_atomically, content=b""), file / "in")]
    for act, place in acts:
        with pytest.raises(ZooError, match="a file is in the way"):
            act(place)
    with pytest.raises(ZooError, match="choose a shorter name"):
        require_writable(tmp_path / ("long" * 100))
    assert file.read_text() == "precious"


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(ZooError, match="Permission denied") as caught:
        require_writable(tmp_path)
    assert "which you may write to" in caught.value.fix


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_atomically(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_bytes() == b"old"


def test_what_is_written_others_may_read(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "a", b"whole")
    assert (tmp_path / "new" / "a").stat().st_mode & 0o777 == 0o644


def test_what_dead_writers_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    old, new, others = tmp_path / ".w.json.abcd1234.tmp", tmp_path / ".w.json.abcd5678.tmp", tmp_path / "mine.tmp"
    for path in (old, new, others):
        path.write_text("half")
        os.utime(path, (0, 0))
    os.utime(new, (time.time(), time.time()))
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {new, others}
    sweep(tmp_path, older=0)
    assert set(tmp_path.iterdir()) == {others}


def test_a_disk_too_full_is_noticed_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2_000_000))
    require_space(tmp_path, 2_000_000)
    with pytest.raises(ZooError, match=r"2.0 MB are free, this run needs 3.0 MB"):
        require_space(tmp_path, 3_000_000)
