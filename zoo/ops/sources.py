"""Several photos of one person as the source: one after the other in the batch, sample by sample, B*S in all."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TypeVar

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.noise import seeded
from zoo.types import Bundle, Person

T = TypeVar("T", bound=Bundle)


def together(people: Sequence[Person]) -> Person:
    """S photos of each of B people as one batch of B*S; ZooError where one lacks what the first knows."""
    first, *others = people
    if not others:
        return first
    columns = {f.name: [getattr(person, f.name) for person in people] for f in fields(Person)}
    differ = [name for name, column in columns.items() if len({_kind(value) for value in column}) > 1]
    if differ:
        raise ZooError(
            f"the photos of one person differ in what is known of {', '.join(differ)}",
            where="zoo.ops.sources.together",
            fix="give every photo the same size, joints and regions",
            exit_code=2,
        )
    tensors = {name: column for name, column in columns.items() if isinstance(column[0], Tensor)}
    return first.but(**{name: torch.stack(column, 1).flatten(0, 1) for name, column in tensors.items()})


def _kind(value: object) -> object:
    return value.shape if isinstance(value, Tensor) else value


def first_of(bundle: T, count: int) -> T:
    """Of B*S samples, `count` = S of each person, the first of each: B."""
    return bundle if count == 1 else bundle.map(lambda t: t.unflatten(0, (-1, count))[:, 0])


def repeated(bundle: T, count: int) -> T:
    """B samples, each `count` times in a row."""
    return bundle if count == 1 else bundle.map(lambda t: t.repeat_interleave(count, 0))


def further(images: Sequence[int], source: int, target: int, count: int, *key: object) -> list[int]:
    """`count` more of a person's `images`, neither source nor target: a function of the pair and of `key`.

    Fewer of them are the first of more. ZooError where there are not so many.
    """
    left = [image for image in images if image not in (source, target)]
    if len(left) < count:
        raise ZooError(
            f"{count} more photos of the person are asked for beside {source}->{target}, and there are {len(left)}",
            where="sources",
            fix=f"--set sources={len(left) + 1}, or data with more photos of each person",
            exit_code=2,
        )
    order = torch.randperm(len(left), generator=seeded(*key, source, target))
    return [left[i] for i in order[:count].tolist()]
