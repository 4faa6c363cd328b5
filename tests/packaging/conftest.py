"""A wheel built from this checkout, and scratch environments that see it instead of the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACK = """
name = "tiny"
dataset = { use = "figures.people", train_people = 4, val_people = 1, test_people = 3, val_pairs = 2, test_pairs = 6 }
size = [64, 64]
scale = "small"
protocol = "figures-v1"
features = "figures.features"
judge = "figures.judge"
budget = { steps = 2, batch = 2 }
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with a working folder away from the checkout."""

    folder: Path

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def install(self, *what: Path) -> None:
        """pip install without downloading anything."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder), "--disable-pip-version-check", "install"]
        check([*pip, "--quiet", "--no-index", "--no-deps", "--no-build-isolation", *map(str, what)], self.work)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment's own."""
        return call([str(self.folder / "bin" / program), *arguments], self.work)

    def zoo(self, *arguments: str) -> str:
        """The standard output of a `zoo` command that must succeed."""
        return check([str(self.folder / "bin" / "zoo"), *arguments], self.work)


def call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)


def check(command: list[str], folder: Path) -> str:
    done = call(command, folder)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    check([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)], ROOT)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Environment]:
    """Makes an environment that holds the wheel and borrows everything else from the one that runs the tests."""

    def make() -> Environment:
        made = Environment(tmp_path_factory.mktemp("environment"))
        venv.create(made.folder, with_pip=False)
        # a path file inside a borrowed folder is not read, so the checkout's editable install stays out of sight
        paths = sysconfig.get_paths(vars={"base": str(made.folder), "platbase": str(made.folder)})
        (Path(paths["purelib"]) / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
        made.work.mkdir()
        (made.work / "tiny.toml").write_text(TRACK)
        made.install(wheel)
        return made

    return make
