"""Every level of the style and the pose are seen in the image, whatever their strides."""

import torch
from zoo_myplugin.generator import Plain

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.testing import make_person, make_style
from zoo.types import FeatureSpec, Merged

SIZE, POSE = (32, 24), 3
SPEC = FeatureSpec(strides=(1, 4, 8), channels=(3, 6, 9), regions=8, code_width=4)


def test_every_level_and_the_pose_reach_the_image() -> None:
    generator = Plain(Context(SIZE, vocabulary("scm8"), POSE, SPEC), width=8)
    target = make_person(SIZE).but(pose=torch.rand(2, POSE, *SIZE, requires_grad=True), image=None)
    style = make_style(SPEC, target)
    generator(Merged(pyramid=style.pyramid, codes=style.codes), target).square().sum().backward()
    assert all(seen.grad is not None and seen.grad.abs().sum() > 0 for seen in (*style.pyramid, target.pose))
