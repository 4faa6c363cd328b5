"""Bundles refuse wrong shapes, move together and stay frozen."""

from dataclasses import FrozenInstanceError

import pytest
import torch

from tests.support import make_pair, make_person
from zoo.errors import ZooError
from zoo.types import Person


@pytest.mark.parametrize(
    "change",
    [
        {"joints": torch.zeros(2, 17, 2)},
        {"visible": torch.ones(2, 17, dtype=torch.bool)},
        {"image": torch.zeros(2, 3, 31, 32)},
        {"image": torch.zeros(2, 1, 32, 32)},
        {"parsing": torch.zeros(1, 8, 32, 32)},
        {"pose": torch.zeros(2, 18, 16, 16)},
    ],
)
def test_wrong_shapes_are_refused_with_the_name_of_the_field(change: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ZooError, match=f"person.{next(iter(change))} has shape"):
        make_person().but(**change)


def test_map_reaches_nested_tensors() -> None:
    doubled = make_pair().map(lambda t: t.double())
    assert doubled.source.joints.dtype == doubled.target.image.dtype == doubled.flow.dtype == torch.float64  # type: ignore[union-attr]


def test_bundles_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        make_person().image = None  # type: ignore[misc]


def test_a_target_needs_no_image() -> None:
    assert len(Person(size=(8, 8), joints=torch.zeros(3, 18, 2), visible=torch.zeros(3, 18, dtype=torch.bool))) == 3
