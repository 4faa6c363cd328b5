"""The tutorial is true: its files are a plugin, and its commands run."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+) (?:file=(\S+)|(run))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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


def test_the_tutorial_runs_as_written(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    files = {name: text for _, name, _, text in blocks if name}
    [script] = [text for _, _, run, text in blocks if run]
    assert {Path(name).suffix for name in files} == {".py", ".toml"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(TRACK)
    small = script.replace("--from-scratch", "--from-scratch --track tiny.toml")  # as written, but for the data's size
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euc", small], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "of a limb, as a share of the map's height" in done.stdout
    assert list((tmp_path / "mine").glob("results/*.json")) and list((tmp_path / "without").glob("results/*.json"))
