"""Pairs of one photo each: itself, and itself in the pose of somebody else."""

from typing import Any

import pytest
import torch

from tests.scoring.fakes import FakeData
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_base.posed import Posed, posed

CONTEXT = Context(size=(32, 32), regions=vocabulary("cihp20"))


@pytest.mark.parametrize("puppet", ["parts", "sheets"])
def test_the_target_is_real_and_the_source_has_its_regions_in_anothers_pose(puppet: Any) -> None:
    data, pairing = FakeData(), Posed(CONTEXT, puppet=puppet)
    pair = pairing.sample(data, "train", seed=0, start=0, count=4)
    real = pairing.unpaired.sample(data, "train", seed=0, start=0, count=4)
    assert torch.equal(pair.target.image.cpu(), real.source.image) and torch.equal(pair.target.joints.cpu(), real.source.joints)
    assert torch.equal(pair.source.joints.cpu(), real.target.joints) and pair.names == real.names
    assert not torch.equal(pair.source.image, pair.target.image) and pair.source.image.abs().max() <= 1.001
    assert set(pair.source.parsing.unique().tolist()) == {0, 1} and (pair.source.parsing.sum(1) == 1).all()


def test_a_resumed_run_sees_the_same_pairs() -> None:
    data = FakeData()
    whole = Posed(CONTEXT).sample(data, "train", seed=3, start=0, count=6)
    rest = Posed(CONTEXT).sample(data, "train", seed=3, start=4, count=2)
    assert torch.equal(whole.source.image[4:], rest.source.image) and torch.equal(whole.target.joints[4:], rest.target.joints)


def test_ones_own_pose_changes_nothing_but_what_lies_under_no_part() -> None:
    person = FakeData().load("train", torch.arange(2), torch.arange(2)).source
    person = person.but(visible=torch.ones_like(person.visible))
    same = posed(person, person, "cihp20")
    torch.testing.assert_close(same.parsing, person.parsing)


def test_without_regions_it_is_refused() -> None:
    with pytest.raises(ZooError, match="cannot be posed"):
        Posed(CONTEXT).sample(FakeData(bare=True), "train", seed=0, start=0, count=2)
