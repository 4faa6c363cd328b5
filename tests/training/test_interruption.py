"""Asked once, a run ends between two steps; asked twice, it ends at once, wherever it hangs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HANGING = """
import sys, threading
from pathlib import Path
from zoo.recipes.request import Every
from zoo.training.run import Run
from tests.training.parts import tiny_recipe, tiny_train

advance = Run.advance

def hang():
    print("hanging", flush=True)
    {hang}

def hanging(run, *arguments):
    return hang() if run.step == 3 else advance(run, *arguments)

Run.advance = hanging
tiny_train(tiny_recipe(), Path(sys.argv[1]), every=Every(2, None))
"""
HANGS = {
    "in a kernel": "import ctypes; ctypes.CDLL(None).sleep(600); ctypes.CDLL(None).sleep(600)",
    "in a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
}


@pytest.fixture
def hanging(request: pytest.FixtureRequest, tmp_path: Path) -> subprocess.Popen[str]:
    code = HANGING.format(hang=HANGS[request.param])
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "hanging\n"
    return process


@pytest.mark.parametrize(
    ("hanging", "numbers"),
    [("in a kernel", (signal.SIGINT, signal.SIGINT)), ("in a lock", (signal.SIGTERM, signal.SIGINT))],
    indirect=["hanging"],
)
def test_a_second_signal_ends_a_step_that_hangs(hanging: subprocess.Popen[str], numbers: tuple[int, int]) -> None:
    for number in numbers:
        assert hanging.poll() is None, "the first one waits for the step"
        os.kill(hanging.pid, number)
        time.sleep(0.3)
    _, told = hanging.communicate(timeout=20)
    assert hanging.returncode == 130
    assert told.splitlines()[-1].endswith("step 2 of 20 is saved: add --resume to the same command to go on from there")
    assert "Traceback" not in told
