"""Two processes, started as people start them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
# with --cpu it starts one process, whatever the number
ACCELERATE = ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
              "--mixed_precision", "no", "--dynamo_backend", "no", "-m")  # fmt: skip


def run(*module: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE ARGUMENTS` in a folder, on one thread a process."""
    command, environment = [sys.executable, "-m", *module], {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=environment)
