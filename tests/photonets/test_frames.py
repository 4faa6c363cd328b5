"""Frames around people, and joints read off heat maps."""

import pytest
import torch

from zoo.ops.maps import heat_maps, scale_joints
from zoo_photos.frames import carried_back, carried_in, cut, frame_around, laid_back, widened
from zoo_photos.peaks import peaks


def test_a_frame_of_whole_pixels_is_a_crop() -> None:
    picture = torch.rand(1, 3, 60, 80)
    view = cut(picture, torch.tensor([[29.5, 24.5, 40.0]]), 40)
    assert torch.allclose(view, picture[:, :, 5:45, 10:50], atol=1e-5)


def test_what_is_cut_out_is_laid_back_where_it_was() -> None:
    ramp = torch.stack(torch.meshgrid(torch.arange(60.0), torch.arange(80.0), indexing="ij"))[None]
    frame = torch.tensor([[33.0, 22.0, 30.0]])
    back = laid_back(cut(ramp, frame, 90), frame, (60, 80), torch.tensor([-1.0, -2.0]))
    assert torch.allclose(back[:, :, 10:34, 21:45], ramp[:, :, 10:34, 21:45], atol=0.02)
    assert back[0, 0, 0, 0] == -1 and back[0, 1, -1, -1] == -2


def test_joints_travel_with_the_frame() -> None:
    picture = torch.zeros(1, 1, 64, 96)
    picture[0, 0, 40, 70] = 1
    frame = torch.tensor([[60.0, 38.0, 48.0]])
    y, x = divmod(int(cut(picture, frame, 96).argmax()), 96)
    inside = carried_in(torch.tensor([[[70.0, 40.0]]]), frame, 96)
    assert (inside[0, 0] - torch.tensor([x, y])).abs().max() <= 1
    assert torch.allclose(carried_back(inside, frame, 96), torch.tensor([[[70.0, 40.0]]]), atol=1e-4)


def test_a_frame_stands_around_the_visible_joints() -> None:
    joints = torch.tensor([[[10.0, 10.0], [30.0, 90.0], [500.0, 500.0]]])
    frame = frame_around(joints, torch.tensor([[True, True, False]]), margin=1.5)
    assert frame.tolist() == [[20.0, 50.0, 120.0]]


def test_a_frame_that_nearly_holds_the_picture_holds_all_of_it() -> None:
    frames = torch.tensor([[40.0, 50.0, 70.0], [10.0, 10.0, 20.0], [39.5, 49.5, 300.0]])
    near, far, large = widened(frames, (100, 80), limit=1.5)
    assert near.tolist() == [40.0, 50.0, 101.0] and far.equal(frames[1]) and large.equal(frames[2])


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.49, -0.4])
def test_a_peak_is_found_between_the_cells(shift: float) -> None:
    joints = torch.tensor([[[81.0 + 4 * shift, 46.0 - 4 * shift], [0.0, 0.0]]])
    shown = torch.tensor([[True, False]])
    heat = heat_maps(scale_joints(joints, (128, 128), (32, 32)), shown, (32, 32), 2.0)
    found, confidence = peaks(heat, 2.0, (128, 128))
    assert (found[0, 0] - joints[0, 0]).abs().max() < 0.2
    assert confidence[0, 0] > 0.9 and confidence[0, 1] == 0
