"""Edited layouts: sleeves, trousers and skirts without drawing."""

import pytest
import torch

from tests.spt.support import LONG, SHORT, SPT10, figure
from zoo.editing.relabel import Relabel, filled, read_relabel, relabelled
from zoo.errors import ZooError
from zoo.ops.rigid import body_parts, part_masks
from zoo.types import Person


def area(person: Person, label: str) -> float:
    assert person.parsing is not None
    return float(person.parsing[:, SPT10.index(label)].sum())


def change(person: Person, *texts: str) -> Person:
    return relabelled(person, [read_relabel(text, SPT10) for text in texts])


def test_sleeves_shrink_and_grow_on_the_forearm_alone() -> None:
    shorter = change(figure(clothes=LONG), "upper=r_arm@r_forearm", "upper=l_arm@l_forearm")
    parts = body_parts(shorter.joints, shorter.visible, shorter.size, extend=0.0)
    forearms = part_masks(parts, shorter.size)[:, 8:].amax(1, keepdim=True) > 0
    before = figure(clothes=LONG).parsing
    assert area(shorter, "r_arm") > 20 and area(shorter, "l_arm") > 20
    torch.testing.assert_close(shorter.parsing.masked_fill(forearms, 0), before.masked_fill(forearms, 0))
    longer = change(shorter, "r_arm=upper@r_forearm", "l_arm=upper@l_forearm")
    torch.testing.assert_close(longer.parsing, before)
    torch.testing.assert_close(shorter.parsing.sum(1), torch.ones(1, 64, 64))


def test_trousers_become_a_skirt_that_closes_between_the_legs() -> None:
    bare = change(figure(clothes=LONG), "pants=r_leg@r_calf", "pants=l_leg@l_calf", "pants=skirt")
    skirt = filled(bare, SPT10.index("skirt"), 0)
    assert area(bare, "pants") == 0 and area(skirt, "r_leg") == area(bare, "r_leg") > 0
    assert area(skirt, "skirt") > area(bare, "skirt") and area(skirt, "upper") == area(bare, "upper")
    worn, background = skirt.parsing[0, SPT10.index("skirt")], skirt.parsing[0, 0]
    for y in worn.any(1).nonzero()[:, 0]:
        ends = worn[y].nonzero()
        assert background[y, ends.min() : ends.max()].sum() == 0


def test_changes_are_read_and_refused() -> None:
    assert read_relabel("pants=skirt", SPT10) == Relabel(4, 5)
    assert read_relabel("upper=l_arm@l_forearm", SPT10) == Relabel(3, 6, 9)
    for text, complaint in (
        ("pants", "cannot read"),
        ("trousers=skirt", "unknown region"),
        ("upper=face@l_forarm", "l_forearm"),
        ("upper=face@", "unknown part"),
    ):
        with pytest.raises(ZooError, match=complaint) as refusal:
            read_relabel(text, SPT10)
        assert refusal.value.exit_code == 2


def test_nothing_to_change_changes_nothing() -> None:
    person = figure(clothes=SHORT)
    assert torch.equal(relabelled(person, []).parsing, person.parsing)
    assert torch.equal(filled(person, SPT10.index("pants"), 0).parsing, person.parsing), "there are no trousers to close"
