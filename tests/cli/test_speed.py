"""Help and lists answer at once."""

import resource
import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "--json"]], ids=" ".join)
def test_answers_in_less_than_half_a_second(arguments: list[str]) -> None:
    assert min(seconds(arguments) for _ in range(3)) < 0.5


def seconds(arguments: list[str]) -> float:
    """Processor time: the wall clock of a busy machine says nothing of us."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "zoo", *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
