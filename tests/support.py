"""Small stand-ins the tests share."""

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from zoo.testing import make_pair, make_person

__all__ = ["SHARED", "bare", "make_pair", "make_person", "needs_shared", "unworn"]

SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_shared = pytest.mark.skipif(not (SHARED / "fixtures").is_dir(), reason="the photo fixtures are absent")


def unworn(part: nn.Module) -> Any:
    """A part without what it wears."""
    while isinstance(inner := getattr(part, "inner", None), nn.Module):
        part = inner
    return part


def bare(name: str) -> str:
    """The name that a parameter has where no part wears anything."""
    return name.replace(".inner", "")
