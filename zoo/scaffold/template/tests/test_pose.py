"""Either side of the body in a map of its own, at any size."""

import torch
from zoo_myplugin.pose import Sides

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.skeleton import JOINT_NAMES, JOINTS
from zoo.testing import make_person

SIZE = (48, 32)
ELBOW, WRIST = JOINT_NAMES.index("r_elbow"), JOINT_NAMES.index("r_wrist")


def test_an_arm_is_drawn_in_the_map_of_its_side_alone() -> None:
    person = make_person(SIZE)
    alone = torch.zeros_like(person.visible)
    alone[:, [ELBOW, WRIST]] = True
    pose = Sides(Context(SIZE, vocabulary("scm8")), width=0.05)
    for size in (SIZE, (24, 16)):
        maps = pose.draw(person.but(visible=alone), size)
        right, left = maps[:, JOINTS], maps[:, JOINTS + 1]
        middle = ((person.joints[:, [ELBOW, WRIST]].mean(1) + 0.5) * size[0] / SIZE[0] - 0.5).round().long()
        assert (right[torch.arange(len(person)), middle[:, 1], middle[:, 0]] == 1).all()
        assert left.sum() == 0
