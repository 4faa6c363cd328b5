"""`zoo plugin new` writes what it promises and never touches what exists."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo


def test_the_files_carry_the_name(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo("plugin", "new", "my_idea")
    written = {Path(line) for line in done.out.splitlines()}
    folder = Path("zoo-my_idea")
    assert done.code == 0 and written == {p for p in folder.rglob("*") if p.is_file()}
    assert folder / "src/zoo_my_idea/recipes/my_idea.toml" in written
    assert all("myplugin" not in p.read_text() for p in written)
    assert tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["zoo.v1"] == {
        "my_idea": "zoo_my_idea"
    }
    for path in written:
        if path.suffix == ".py":
            ast.parse(path.read_text())


def test_what_exists_is_left_alone(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    done = zoo("plugin", "new", "idea", "--out", tmp_path / "mine")
    assert done.code == 2 and "exists" in done.err and (tmp_path / "mine").read_text() == "precious"
