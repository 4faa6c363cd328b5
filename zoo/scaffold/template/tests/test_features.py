"""Colours, and what changes to the right and down, at the stride that a layer names."""

import torch
from zoo_myplugin.features import Slopes

from zoo.interfaces import Context
from zoo.regions import vocabulary


def test_a_ramp_has_one_slope_and_that_of_its_stride() -> None:
    ramp = torch.arange(32.0).expand(1, 3, 32, 32) / 32
    maps = Slopes(Context((32, 32), vocabulary("scm8")))(ramp, ["relu1_1", "relu3_1"])
    for layer, stride in (("relu1_1", 1), ("relu3_1", 4)):
        colours, right, down = (m[..., :-1, :-1] for m in maps[layer].split(3, 1))
        assert colours[0, 0, 0, 0] == ramp[0, 0, 0, :stride].mean()
        assert torch.allclose(right, torch.tensor(stride / 32)) and (down == 0).all()
