"""What works for somebody ends with them, and not before."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD = """
import pathlib, signal, sys, time
from zoo.documents.parent import end_with_parent
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("asked to end")
    sys.exit()
signal.signal(signal.SIGTERM, end)
end_with_parent()
print("up", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
from zoo.documents.parent import tied
subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], env=tied(), start_new_session=True)
time.sleep(60)
"""


def test_a_cell_is_asked_to_end_when_its_bench_is_gone(tmp_path: Path) -> None:
    said = tmp_path / "said"
    arguments = [sys.executable, "-c", PARENT, CHILD, str(said)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "up\n"
        time.sleep(0.7)
        assert not said.exists()
        os.kill(parent.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not said.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert said.read_text() == "asked to end"
