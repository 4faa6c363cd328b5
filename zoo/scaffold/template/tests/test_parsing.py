"""Regions go where the skeleton goes, before anything is learned; then they learn."""

import torch
from zoo_myplugin.parsing import Moved

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.testing import make_person
from zoo.types import Person

SIZE, POSE = (48, 32), 3


def person(shift: int = 0) -> Person:
    found = make_person(SIZE)
    return found.but(joints=found.joints + torch.tensor([shift, 0]), pose=torch.rand(2, POSE, *SIZE))


def test_regions_move_as_the_joints_do() -> None:
    transform = Moved(Context(SIZE, vocabulary("scm8"), POSE))
    source, sample = person(), torch.arange(2)[:, None]
    for shift in (0, 5):
        target = person(shift).but(parsing=None, image=None)
        found = transform(source, target).argmax(1)
        x, y = source.joints.round().long().unbind(-1)
        seen = source.visible & (x + shift < SIZE[1])
        there, here = (found[sample, y, (x + shift).clamp_max(SIZE[1] - 1)], source.parsing.argmax(1)[sample, y, x])
        assert (there == here)[seen].float().mean() > 0.9


def test_what_is_left_is_mended_by_learning() -> None:
    transform, source, target = Moved(Context(SIZE, vocabulary("scm8"), POSE)), person(), person(5)
    transform(source, target).logsumexp(1).mean().backward()
    assert all(p.grad is not None for p in transform.parameters())
