"""Nothing but text reaches a terminal, whatever names are made of."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo
from tests.results.runs import changed, make_record
from zoo.cli.output import say, show
from zoo.documents.columns import table
from zoo.errors import ZooError, visible
from zoo.results.files import write_record

HOSTILE = "\x1b[31mred\x1b[0m\x07\r\nforged: line\u202eabc\x9b2J\u2066\x00\x7f"


def is_plain(text: str) -> bool:
    return all(c.isprintable() or c == "\n" for c in text)


def test_control_characters_become_escapes() -> None:
    assert visible("a\x1b[2J\n\u202e") == "a\\x1b[2J\\n\\u202e" and visible("naïve 名 ±") == "naïve 名 ±"
    assert visible(HOSTILE).isprintable() and visible("\ud800") == "\\ud800"


def test_an_error_s_parts_are_a_line_each() -> None:
    error = ZooError(HOSTILE, where=HOSTILE, fix=HOSTILE)
    assert len(str(error).splitlines()) == 3 and is_plain(str(error))


def test_a_cell_is_one_line() -> None:
    lines = table(("a", "b"), [(HOSTILE, "x"), ("1", "2")]).split("\n")
    assert len(lines) == 4 and all(map(str.isprintable, lines))


def test_what_is_said_and_shown_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"two\nlines {HOSTILE}")
    show(HOSTILE)
    done = capsys.readouterr()
    assert is_plain(done.out) and is_plain(done.err) and done.err.startswith("two\nlines ")


def test_a_terminal_without_the_letters_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    show("ssim ↑")
    narrow.seek(0)
    assert narrow.read() == "ssim \\u2191\n"


def test_a_board_of_hostile_names_is_plain(zoo: Zoo, tmp_path: Path) -> None:
    record = make_record()
    recipe = {**record.recipe.model_dump(), "name": HOSTILE, "variant": HOSTILE, "changes": [HOSTILE]}
    track = {**record.track.model_dump(), "name": HOSTILE}
    write_record(changed(record, recipe=recipe, track=track, protocol=HOSTILE), tmp_path)
    write_record(changed(record, weights={**record.weights.model_dump(), "origin": "file"}), tmp_path)
    (tmp_path / "\x1b[2J\n.json").write_text("{}")
    done = zoo("leaderboard", "--results", tmp_path, "--html", tmp_path / "page.html")
    assert done.code == 0 and is_plain(done.out) and is_plain(done.err)
    assert "forged: line" in done.out and not any(line.startswith("forged") for line in done.out.splitlines())
    assert "mine: self-declared" in done.out
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert is_plain(page) and "self-declared" in page
    assert [r["recipe"] for r in json.loads(zoo("leaderboard", "--results", tmp_path, "--json").out)].count(HOSTILE) == 1


def test_a_folder_of_results_that_is_not_there_is_named(zoo: Zoo, tmp_path: Path) -> None:
    done = zoo("leaderboard", "--results", tmp_path / "gone")
    assert done.code == 2 and "there is no folder gone" in done.err
