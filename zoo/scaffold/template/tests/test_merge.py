"""The style moves as the joints do."""

import torch
from zoo_myplugin.merge import JointMerge

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.testing import make_person, make_style
from zoo.types import FeatureSpec

SIZE = (32, 24)
SPEC = FeatureSpec(strides=(2,), channels=(6,), regions=8, code_width=4)


def test_a_skeleton_moved_by_four_pixels_is_read_four_pixels_back() -> None:
    merge, source = JointMerge(Context(SIZE, vocabulary("scm8"), spec=SPEC)), make_person(SIZE)
    target = source.but(joints=source.joints + torch.tensor([4, 0]), image=None, parsing=None)
    with torch.no_grad():
        flow = merge(make_style(SPEC, source), source, target).fields.flow[0]
    assert torch.allclose(flow[:, 0, 0], torch.tensor(-2.0), atol=1e-3), "4 pixels of the image are 2 of a map at stride 2"
    assert flow[:, 0, 1].abs().max() < 1e-3
