"""The wheel works by itself: away from the checkout, with its own data."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, Environment


@pytest.fixture(scope="module")
def scratch(environment: Callable[[], Environment]) -> Environment:
    return environment()


def test_the_wheel_is_what_is_imported(scratch: Environment) -> None:
    code = "import zoo, zoo_scmnet, zoo.documents.files; print(zoo.__file__, zoo_scmnet.__file__, zoo.documents.files.assets())"
    for path in scratch.run("python", "-c", code).stdout.split():
        assert Path(path).is_relative_to(scratch.folder)


def test_help_lists_and_shows(scratch: Environment) -> None:
    assert "leaderboard" in scratch.zoo("--help")
    names = {(row["kind"], row["name"]) for row in json.loads(scratch.zoo("list", "--json"))}
    assert {("recipe", "scmnet"), ("merge", "scmnet.correlation"), ("track", "figures-64")} <= names
    assert json.loads(scratch.zoo("show", "scmnet", "--json"))["parameters"] > 0
    assert all(not plugin["error"] for plugin in json.loads(scratch.zoo("plugins", "--json")))


def test_it_trains_and_scores(scratch: Environment) -> None:
    out = scratch.zoo("run", "--recipe", "scmnet", "--from-scratch", "--steps", "5", "--track", "tiny.toml", "--json")
    record = json.loads(out)
    assert record["weights"]["steps"] == 5 and {"ssim", "ffd", "pckh", "epe"} <= record["scores"].keys()
    assert list(scratch.work.glob("runs/results/*.json")) and list(scratch.work.glob("runs/**/report.html"))


def test_the_five_lines_of_the_readme_run(scratch: Environment) -> None:
    for name, called in (("me.jpg", "me.jpg"), ("pose.jpg", "other.jpg")):
        shutil.copy(ROOT / "docs" / "demo" / name, scratch.work / called)
    [script] = re.findall(r"^```python\n(import zoo\n.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    done = scratch.run("python", "-c", script.replace("limit=100", "limit=8"))
    assert done.returncode == 0, done.stderr
    assert "8 pairs" in done.stdout and "masked_ssim" in done.stdout


def test_committed_records_travel_along(scratch: Environment) -> None:
    committed = {json.loads(path.read_text())["id"] for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    shown = {row["record"] for row in json.loads(scratch.zoo("leaderboard", "--json", "--track", "figures-64"))}
    assert shown <= committed and bool(shown) == bool(committed)


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {
        "zoo/_assets/registry.toml", "zoo/_assets/docs/demo/me.jpg", "zoo/app/stage.js",
        "zoo/_assets/benchmarks/tracks/figures-64.toml",
        "zoo/report/page/page.html", "zoo/report/page/css/base.css", "zoo/report/page/js/start.js",
        "zoo/scaffold/template/pyproject.toml", "zoo/scaffold/recipes/merge.toml",
        "zoo_scmnet/recipes/scmnet.toml", "zoo_figures/weights/judge.safetensors",
        "zoo_photos/weights/parser.safetensors", "zoo_photos/weights/accuracy.json",
        "zoo/_assets/benchmarks/splits/market.toml", "zoo/_assets/benchmarks/splits/deepfashion-test.txt",
    }  # fmt: skip
    assert needed <= names
    packages = {name.split("/")[0] for name in names if name.endswith("/__init__.py")}
    assert {f"{package}/py.typed" for package in packages} <= names, "mypy reads types of typed packages alone"
    assert not [n for n in names if n.startswith(("tests/", "runs/")) or n.endswith((".pyc", ".tmp"))]
