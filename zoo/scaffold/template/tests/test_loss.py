"""What is wrong everywhere weighs at every scale, what is wrong in single pixels at the finest alone."""

import torch
from torch import Tensor
from zoo_myplugin.loss import Scales

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.testing import make_pair
from zoo.types import Outcome

SIZE = (16, 16)


def judged(wrong: Tensor) -> float:
    pair = make_pair(SIZE)
    outcome = Outcome(pair=pair, source=pair.source, target=pair.target, image=pair.target.image + wrong)
    return float(Scales(Context(SIZE, vocabulary("scm8")), scales=4)(outcome))


def test_the_scales_weigh_alike() -> None:
    chequered = (torch.arange(16) % 2)[:, None] ^ (torch.arange(16) % 2)[None]
    assert judged(torch.tensor(0.0)) == 0
    assert abs(judged(torch.tensor(0.2)) - 0.2) < 1e-6
    assert abs(judged(0.2 * (2 * chequered - 1.0)) - 0.2 / 4) < 1e-6
