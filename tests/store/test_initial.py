"""Training that starts from other weights takes whole parts that fit, and says which and why not the others."""

from pathlib import Path

import pytest
import torch
from torch import nn

from zoo.errors import ZooError
from zoo.store.initial import start_from
from zoo.store.weights import save_weights


class Two(nn.Module):
    """A model of two parts, and one without parameters."""

    def __init__(self, style: int, merge: int) -> None:
        super().__init__()
        self.style = nn.Sequential(nn.Linear(2, style), nn.BatchNorm1d(style))
        self.merge, self.generator = nn.Linear(2, merge), nn.Identity()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_weights(Two(3, 4).state_dict(), tmp_path / "w.safetensors", {"recipe": "two"})
    return tmp_path / "w.safetensors"


def test_parts_that_fit_are_taken_whole_and_the_others_left_whole(weights: Path) -> None:
    source, model = Two(3, 4), Two(3, 5)
    save_weights(source.state_dict(), weights, {})
    before = {name: value.clone() for name, value in model.state_dict().items()}
    start = start_from(model, weights)
    assert start.taken == ["style"] and list(start.left) == ["merge"] and "expected (5, 2)" in start.left["merge"]
    for name, value in model.state_dict().items():
        if name.startswith("merge"):
            assert torch.equal(value, before[name])
        elif value.is_floating_point():
            assert torch.equal(value, source.state_dict()[name].half().float())
    assert "took style; left merge: " in str(start)


def test_where_nothing_fits_nothing_is_begun(weights: Path) -> None:
    with pytest.raises(ZooError, match="fits no part of the model") as error:
        start_from(Two(4, 5), weights)
    assert "recipe two" in error.value.fix and "--init-from" in error.value.where
