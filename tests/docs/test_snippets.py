"""What the README and the pages show runs: shell and Python, in a folder that has what they speak of, without a network.

Trainings are shortened by options that the commands have: two steps of one sample, a small track where none is named. The
tutorial and the page of data sets have tests of their own; what this file leaves to another one stands in `ELSEWHERE`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import typer

import zoo
from tests.cli.conftest import TRACK, calling
from zoo.cli import command_line, joined
from zoo.photos.video import write_video
from zoo.recipes.track import load_track

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "papers").glob("*.md"))]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN_TEST = ("tutorial.md", "kinds.md", "data.md")
SHOWN = [page for page in PAGES if page.name not in OWN_TEST]
ELSEWHERE = {
    "make demo": "tests/packaging/test_wheel.py",
    "make test": "tests/test_floors.py",
    "pip install": "tests/packaging/test_plugins.py",
    "zoo plugin check": "tests/cli/test_plugin_check.py",
    "zoo app": "tests/app/test_page.py",
    "zoo export": "tests/exporting/test_exporting.py",
    "export.md": "tests/exporting/test_exporting.py",
    "zoo serve": "tests/serving/test_service.py",
    "curl": "tests/serving/test_service.py",
}  # where another test does it: the beginning of the command, or the page whose Python needs its file
SHORTER = {
    "limit=100": "limit=4",
    "limit=16": "limit=4",
    'zoo.run("copy", track="figures-64")': 'zoo.run("copy", track="tiny.toml")',
    'zoo.bench("papers", jobs=2)': 'zoo.bench("small.toml", jobs=1)',
}  # in Python
SHORT = ["--steps", "2", "--batch", "1", "--device", "cpu"]


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """The page's snippets in these languages, whatever else their fence says."""
    for fence, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if (fence.split() or [""])[0] in languages:
            yield text


IN_PYTHON = [page for page in SHOWN if page.name not in ELSEWHERE and [*blocks(page, "python")]]


def commands() -> list[str]:
    """Every line of shell on the pages, once, without its remark."""
    texts = [text for page in SHOWN for text in blocks(page, "bash", "sh")]
    lines = [line for text in texts for line in text.splitlines()]
    plain = [" ".join(re.sub(r"\s#.*", "", line).split()) for line in lines]
    return [*dict.fromkeys(filter(None, plain))]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the photos, poses and runs that the pages speak of."""
    demo = ROOT / "docs" / "demo"
    monkeypatch.chdir(tmp_path)
    for folder, names in ((".", ("me", "pose", "other")), ("photos", ("anna", "ben")), ("poses", ("one",))):
        for name in names:
            Path(folder).mkdir(exist_ok=True)
            shutil.copy(demo / ("me.jpg" if name in ("me", "anna") else "pose.jpg"), Path(folder) / f"{name}.jpg")
    annotated = zoo.annotate("other.jpg", out="seen", device="cpu")
    shutil.copy(annotated.files("other.jpg")[1], "other.png")
    annotated = zoo.annotate("me.jpg", out="seen", device="cpu")
    for kind, file in zip(("json", "png"), annotated.files("me.jpg"), strict=True):
        shutil.copy(file, f"me.{kind}")
    who = zoo.person("me.jpg", "me.json")
    np.save("pose.npy", np.where(who.skeleton[1][:, None], who.skeleton[0], 0))
    Path("tiny.toml").write_text(TRACK)
    Path("small.toml").write_text('name = "small"\ntrack = "tiny.toml"\n[[grid]]\nrecipe = "copy"\n')
    return tmp_path


def shortened(command: list[str]) -> list[str]:
    """The same command on a small track, for two steps of one sample."""
    trains = command[0] == "train" or "--from-scratch" in command
    if command[0] in ("run", "train") and "--track" not in command:
        command = [*command, "--track", "tiny.toml"]
    if trains:
        at = command.index("--steps") if "--steps" in command else len(command)
        command = [*command[:at], *command[at + 2 :], *SHORT]
    return command


def test_every_shell_command_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("av", reason="pip install 'posezoo[video]'")
    write_video(Path("dance.mp4"), [Path("other.jpg")], Fraction(5))
    run = calling(capsys)
    for name, seed in (("spgnet", 0), ("mine", 1)):
        out = f"runs/figures-64/{name}-full-seed0"
        assert run("run", "--recipe", "copy", "--track", "tiny.toml", "--seed", seed, "--out", out).code == 0
    for line in commands():
        if any(line.startswith(beginning) for beginning in ELSEWHERE):
            continue
        program, *words = shlex.split(line)
        assert program == "zoo", f"{line}: run it here, or say in ELSEWHERE which test does"
        done = run(*shortened(words))
        assert done.code == 0, f"{line}\n{done.err}"
    assert Path("skirt.png").is_file() and Path("me.mp4").is_file() and Path("mine/weights.safetensors").is_file()


def test_what_is_done_elsewhere_is_done_there() -> None:
    shown = commands()
    for beginning, test in ELSEWHERE.items():
        assert (ROOT / test).is_file(), f"{beginning}: {test} is gone"
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {line.split()[1] for line in shown if line.startswith("make ")} <= {*targets}


@pytest.mark.parametrize(
    "page", [page for page in SHOWN if page.name not in ELSEWHERE and [*blocks(page, "python")]], ids=lambda page: page.name
)
def test_python_runs(page: Path, here: Path) -> None:
    script = "\n".join(blocks(page, "python"))  # one after another, as a reader would
    for shown, done_here in SHORTER.items():
        script = script.replace(shown, done_here)
    alone = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_commands_in_any_block_exist_with_their_options() -> None:
    """Also where a block is no shell, because it needs a network or photos that nobody may give away."""
    tree = typer.main.get_command(command_line())
    seen = 0
    for page in PAGES:
        for _, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in re.findall(r"^zoo (?!.*\.\.\.)(.*)$", text, re.MULTILINE):
                command, words = tree, joined(line.split())
                while words and hasattr(command, "commands"):
                    assert words[0] in command.commands, f"{page.name}: zoo {line}"
                    command = command.commands[words.pop(0)]
                known = {name for parameter in command.params for name in parameter.opts} | {"--help", "--debug"}
                assert {word for word in words if re.fullmatch(r"--[a-z-]+", word)} <= known, f"{page.name}: zoo {line}"
                seen += 1
    assert seen > 30


def test_tracks_on_the_pages_are_tracks(tmp_path: Path) -> None:
    [text] = [text for text in blocks(ROOT / "README.md", "toml") if "[dataset]" in text]
    (tmp_path / "my-track.toml").write_text(text)
    assert load_track(tmp_path / "my-track.toml").name == "mine"
