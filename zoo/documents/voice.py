"""Which of several processes speaks to the person at the terminal, and how it does."""

import os
import sys


def leads() -> bool:
    """Whether this process is the only one, or the first of those that torchrun or accelerate started."""
    return os.environ.get("RANK", "0") == "0"


def tell(text: str) -> None:
    """A line for whoever waits."""
    if leads():
        print(text, file=sys.stderr, flush=True)
