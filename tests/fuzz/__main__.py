"""`python -m tests.fuzz --seconds 3600`: the law of every parser on ever new inputs; says what was tried and what broke."""

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.parsers import Parser, parsers

ROUND = settings(max_examples=400, deadline=None, database=None, print_blob=False, suppress_health_check=list(HealthCheck))
ROUNDS = 10**6  # that one seed has for itself
Broken = Counter[tuple[str, str]]  # what was raised where -> how often


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=3600.0, help="for all parsers together")
    arguments.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="where inputs that broke something are kept")
    arguments.add_argument("--seed", type=int, default=0, help="each tries inputs of its own")
    given_ = arguments.parse_args()
    everything = parsers()
    broken = {parser.name: tried(parser, given_.seconds / len(everything), given_.out, given_.seed) for parser in everything}
    sys.exit(any(broken.values()))


def tried(parser: Parser, seconds: float, out: Path, first: int = 0) -> Broken:
    """Rounds of new inputs for `seconds`; prints a line, and what broke."""
    broken: Broken = Counter()
    began, number = time.monotonic(), first * ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() - began < seconds:
            number += 1
            _round(parser, number, Path(folder), broken, out)
    counts = parser.counts
    print(
        f"{parser.name:16} {counts['inputs']:8,} inputs, {counts['results']:8,} results, {counts['refused']:8,} refused, "
        f"{sum(broken.values())} rounds broken, slowest {parser.slowest:.2f} s",
        flush=True,
    )
    for (what, where), times in broken.items():
        print(f"  {what} at {where}, {times} times", flush=True)
    return broken


def _round(parser: Parser, number: int, folder: Path, broken: Broken, out: Path) -> None:
    last = b""

    @seed(number)
    @ROUND
    @given(parser.inputs)
    def law(content: bytes) -> None:
        nonlocal last
        last = content
        parser.obeys(content, folder)

    try:
        law()
    except Exception as error:
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if "/zoo" in f.filename or "tests/fuzz/parsers" in f.filename
        ]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        kind = (f"{type(error).__name__}: {str(error)[:120]!r}", where)
        broken[type(error).__name__, where] += 1
        out.mkdir(parents=True, exist_ok=True)
        name = f"{parser.name.strip('-').replace(' ', '-')}-{kind[0].split(':')[0]}-{where.replace(':', '-')}"
        (out / f"{name}{Path(parser.file).suffix}").write_bytes(last)


if __name__ == "__main__":
    main()
