"""Edits of a parsing that need no drawing: what one region becomes, where on the body, and gaps that it closes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from zoo.errors import ZooError, nearest
from zoo.ops.rigid import PARTS, body_parts, part_masks
from zoo.regions import Vocabulary, vocabulary
from zoo.types import Person


@dataclass(frozen=True)
class Relabel:
    """Region `old` becomes `new`, on the whole body or on one rigid part of it."""

    old: int
    new: int
    part: int | None = None  # index into PARTS; limbs end at their joint, so hands and feet are no part of them


def read_relabel(text: str, regions: Vocabulary) -> Relabel:
    """`upper=l_arm@l_forearm` or `pants=skirt`; a ZooError names the nearest right word."""
    change, at, part = text.partition("@")
    old, equals, new = change.partition("=")
    if not equals:
        raise ZooError(f"cannot read {text!r}", where="--relabel", fix="write OLD=NEW or OLD=NEW@PART", exit_code=2)
    if at and part not in PARTS:
        raise ZooError(f"unknown part of the body {part!r}", where="--relabel", fix=nearest(part, PARTS), exit_code=2)
    return Relabel(regions.index(old), regions.index(new), PARTS.index(part) if at else None)


def check_edit(*, changes: bool, swap: bool, reference: bool) -> None:
    """ZooError when there is nothing to change, nobody to take from, or nothing to take."""
    if not (changes or swap):
        fix = "give --swap, --relabel, --fill or --target-parsing"
        raise ZooError("nothing to change", where="zoo edit", fix=fix, exit_code=2)
    if swap and not reference:
        raise ZooError("--swap needs somebody to take from", where="zoo edit", fix="give --reference, a photo", exit_code=2)
    if reference and not swap:
        fix = "name a region to take over: --swap"
        raise ZooError("--reference is for --swap alone", where="zoo edit", fix=fix, exit_code=2)


def check_changes(relabel: Iterable[str], fill: Iterable[str], words: str) -> None:
    """ZooError for a region or a part of the body that nobody knows; `words` names the vocabulary."""
    for text in relabel:
        read_relabel(text, vocabulary(words))
    for region in fill:
        vocabulary(words).index(region)


def refuse_absent(person: Person, region: int, change: str, regions: Vocabulary) -> None:
    """ZooError when the edit `change` starts from a region that the parsing does not show."""
    there = _parsing(person).flatten(2).amax((0, 2)) > 0
    if not there[region]:
        shown = ", ".join(label for label, seen in zip(regions.labels, there, strict=True) if seen)
        raise ZooError(f"{change}: there is no {regions.labels[region]}", where="the target's parsing", fix=f"it shows {shown}",
                       exit_code=2)  # fmt: skip


def changed(target: Person, relabel: Iterable[str], fill: Iterable[str], words: Vocabulary) -> Person:
    """The target with its regions renamed, then their gaps closed; its parsing is in `words`."""
    for text in relabel:
        change = read_relabel(text, words)
        refuse_absent(target, change.old, f"--relabel {text}", words)
        target = relabelled(target, [change])
    for region in fill:
        refuse_absent(target, words.index(region), f"--fill {region}", words)
        target = filled(target, words.index(region), words.index("background"))
    return target


def relabelled(person: Person, changes: Sequence[Relabel]) -> Person:
    """The person with a changed parsing, the changes made one after the other."""
    parsing = _parsing(person)
    parts = body_parts(person.joints, person.visible, person.size, extend=0.0)
    masks = part_masks(parts, person.size, whole_torso=False)
    for change in changes:
        where = 1 if change.part is None else masks[:, change.part]
        parsing = _moved(parsing, parsing[:, change.old] * where, change.old, change.new)
    return person.but(parsing=parsing)


def filled(person: Person, region: int, background: int) -> Person:
    """The person with the background between the left and the right end of `region`, row by row, made part of it."""
    parsing = _parsing(person)
    here = parsing[:, region]
    between = torch.cummax(here, 2).values * torch.cummax(here.flip(2), 2).values.flip(2) * parsing[:, background]
    return person.but(parsing=_moved(parsing, between, background, region))


def _parsing(person: Person) -> Tensor:
    assert person.parsing is not None, "only a parsing can be edited"
    return person.parsing


def _moved(parsing: Tensor, amount: Tensor, old: int, new: int) -> Tensor:
    parsing = parsing.clone()
    parsing[:, old] -= amount
    parsing[:, new] += amount
    return parsing
