"""`zoo serve` under load: how long answers take, and that every request gets one, at 1, 4 and 16 clients.

python benchmarks/service.py --requests 32 -- --recipe scmnet --track photos-256
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np

DEMO = Path(__file__).parents[1] / "docs" / "demo"
HEAD = "| clients | requests | 200 | 503 | 504 | lost | p50 | p99 | a minute |\n" + "|---" * 9 + "|"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=32)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("serve", nargs="*", help="options of zoo serve")
    asked = parser.parse_args()
    command = [sys.executable, "-m", "zoo", "serve", "--port", "0", *asked.serve]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            address = service.stdout.readline().strip()
            assert address, "zoo serve did not start"
            one(address)  # the nets are loaded by the first that comes
            print(HEAD, flush=True)
            for clients in asked.clients:
                print(row(address, clients, asked.requests), flush=True)
        finally:
            service.terminate()


def row(address: str, clients: int, requests: int) -> str:
    """What so many clients see, each asking again as soon as it is answered."""
    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda _: one(address), range(requests)))
    minutes = (time.monotonic() - began) / 60
    statuses = Counter(status for status, _ in answers)
    seconds = [took for status, took in answers if status == 200]
    half, most = np.percentile(seconds, [50, 99]) if seconds else (float("nan"), float("nan"))
    counts = " | ".join(str(statuses[status]) for status in (200, 503, 504, 0))
    return f"| {clients} | {requests} | {counts} | {half:.2f} s | {most:.2f} s | {len(seconds) / minutes:.0f} |"


def one(address: str) -> tuple[int, float]:
    """The status of an answer, 0 where there is none, and the seconds until it came."""
    files = {"source": (DEMO / "me.jpg").read_bytes(), "pose": (DEMO / "pose.jpg").read_bytes()}
    began = time.monotonic()
    try:
        status = httpx.post(f"{address}/transfer", files=files, timeout=600).status_code
    except httpx.HTTPError:
        status = 0
    return status, time.monotonic() - began


if __name__ == "__main__":
    main()
