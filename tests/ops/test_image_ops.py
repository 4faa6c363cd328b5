"""Bytes to floats and back."""

import torch

from zoo.ops.image import from_uint8, to_uint8


def test_every_byte_survives_the_round_trip() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    floats = from_uint8(levels)
    assert floats.min() == -1 and floats.max() == 1
    assert torch.equal(to_uint8(floats), levels)


def test_conversion_rounds_to_the_nearest_level_and_clips() -> None:
    between = from_uint8(torch.tensor([100])) + torch.tensor([-0.4, 0.4, 0.6]) / 127.5
    assert to_uint8(between).tolist() == [100, 100, 101]
    assert to_uint8(torch.tensor([-3.0, 3.0])).tolist() == [0, 255]
