"""Picture, labels and joints follow one map."""

import numpy as np
import pytest
import torch
from PIL import Image

from zoo.photos import at_most, place


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("frame", [(90, 60), (60, 90), (64, 64), (31, 17)])
def test_picture_labels_and_joints_move_together(frame: tuple[int, int], fit: str) -> None:
    height, width = frame
    y, x = height // 3, width // 4
    dot = np.zeros(frame, np.uint8)
    dot[y : y + 5, x : x + 5] = 1
    placement = place(frame, (128, 128), fit)  # type: ignore[arg-type]
    labels = torch.from_numpy(np.array(placement.labels(Image.fromarray(dot), 0)))
    image = np.array(placement.picture(Image.fromarray(np.dstack([dot * 255] * 3))))[..., 0]
    joint = placement.joints(torch.tensor([x + 2.0, y + 2.0]))
    centre = labels.nonzero().float().mean(0).flip(0)
    torch.testing.assert_close(joint, centre, atol=0.51, rtol=0)
    assert image.shape == (128, 128) and image[labels.numpy() == 1].mean() > 200
    torch.testing.assert_close(placement.undo_joints(joint), torch.tensor([x + 2.0, y + 2.0]), atol=1e-3, rtol=0)


def test_padding_keeps_proportions_and_undo_brings_the_photo_back() -> None:
    ramp = np.linspace(0, 255, 90 * 60).reshape(90, 60, 1).repeat(3, 2).astype(np.uint8)
    placement = place((90, 60), (180, 180), "pad")
    image = torch.from_numpy(np.array(placement.picture(Image.fromarray(ramp)))).permute(2, 0, 1) / 127.5 - 1
    assert torch.equal(image[:, :, :30], torch.ones(3, 180, 30)) and torch.equal(image[:, :, 150:], torch.ones(3, 180, 30))
    back = placement.undo(image)
    assert back.shape == (3, 90, 60)
    assert (back - torch.from_numpy(ramp).permute(2, 0, 1) / 127.5 + 1).abs().mean() < 0.01


def test_a_very_thin_photo_is_no_trap() -> None:
    placement = place((1, 4000), (64, 64), "pad")
    assert placement.picture(Image.new("RGB", (4000, 1))).size == (64, 64) and placement.inner == (1, 64)


def test_an_enormous_frame_keeps_its_proportions() -> None:
    assert at_most((256, 176), 10**6) == (256, 176)
    height, width = at_most((10_900, 8_170), 1 << 24)
    assert height * width <= 1.001 * (1 << 24) and abs(height / width - 10_900 / 8_170) < 1e-3
    assert at_most((30_000, 1), 100)[1] == 1


def test_a_picture_of_too_many_pixels_keeps_its_proportions() -> None:
    assert at_most((1000, 500), 125_000) == (500, 250)
    assert at_most((1000, 500), 500_000) == (1000, 500) and at_most((30, 20), 10**6) == (30, 20)
    assert at_most((1, 10_000), 100) == (1, 1000)
