"""Small stand-ins the tests share."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from zoo.skeleton import JOINTS
from zoo.types import Pair, Person

SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_shared = pytest.mark.skipif(not (SHARED / "fixtures").is_dir(), reason="the photo fixtures are absent")


def make_person(size: tuple[int, int] = (32, 32), batch: int = 2, regions: int = 8, seed: int = 0) -> Person:
    """Random people whose regions are random label blobs; every third joint is missing."""
    height, width = size
    generator = torch.Generator().manual_seed(seed)
    joints = torch.rand(batch, JOINTS, 2, generator=generator) * torch.tensor([width - 1.0, height - 1.0])
    visible = torch.ones(batch, JOINTS, dtype=torch.bool)
    visible[:, ::3] = False
    coarse = torch.randint(0, regions, (batch, 1, 4, 4), generator=generator).float()
    labels = torch.nn.functional.interpolate(coarse, size=size).long()[:, 0]
    parsing = torch.nn.functional.one_hot(labels, regions).permute(0, 3, 1, 2).float()
    image = torch.rand(batch, 3, height, width, generator=generator) * 2 - 1
    return Person(size=size, joints=joints, visible=visible, image=image, parsing=parsing)


def make_pair(size: tuple[int, int] = (32, 32), batch: int = 2, regions: int = 8, seed: int = 0) -> Pair:
    """Two random people per sample, with a zero flow as truth."""
    source, target = (make_person(size, batch, regions, s) for s in (seed, seed + 1))
    names = tuple(f"{i}->{i}" for i in range(batch))
    return Pair(
        source=source, target=target, names=names,
        flow=torch.zeros(batch, 2, *size), visibility=torch.ones(batch, 1, *size),
    )  # fmt: skip


def unworn(part: nn.Module) -> Any:
    """A part without what it wears."""
    while isinstance(inner := getattr(part, "inner", None), nn.Module):
        part = inner
    return part


def bare(name: str) -> str:
    """The name that a parameter has where no part wears anything."""
    return name.replace(".inner", "")
