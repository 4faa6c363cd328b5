"""Worn by a generator it changes nothing at first, and then its colours."""

import torch
from torch import Tensor, nn
from zoo_myplugin.wrapper import Toned

from zoo.interfaces import Context, Generator
from zoo.regions import vocabulary
from zoo.testing import make_person, make_style
from zoo.types import FeatureSpec, Merged, Person

SIZE = (16, 12)
SPEC = FeatureSpec(strides=(1,), channels=(3,), regions=8, code_width=4)


class Paint(Generator):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.paint = nn.Conv2d(3, 3, 1)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return torch.tanh(self.paint(merged.pyramid[0]))


def test_it_begins_as_what_wears_it_and_tones_each_colour() -> None:
    generator, target = Toned(Context(SIZE, vocabulary("scm8"), spec=SPEC), Paint), make_person(SIZE)
    style = make_style(SPEC, target)
    merged = Merged(pyramid=style.pyramid, codes=style.codes)
    bare = generator.inner(merged, target)
    assert torch.allclose(generator(merged, target), bare, atol=1e-3)
    with torch.no_grad():
        generator.brightness[0] = 1.0
    toned = generator(merged, target)
    assert (toned[:, 0] > bare[:, 0]).all() and torch.allclose(toned[:, 1:], bare[:, 1:], atol=1e-3)
