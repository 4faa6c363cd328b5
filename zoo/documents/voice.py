"""Which of several processes speaks to the person at the terminal."""

import os


def leads() -> bool:
    """Whether this process is the only one, or the first of those that torchrun or accelerate started."""
    return os.environ.get("RANK", "0") == "0"
