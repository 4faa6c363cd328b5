"""The photo's own pixels inside the style (ours): all of them, moved along, and read by the generator's shortcut."""

import dataclasses

import torch
from torch.nn import functional as F

from tests.support import make_person
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Merged, Person
from zoo_scmnet.generator import TranslationGenerator
from zoo_scmnet.style import DecomposedStyle, GlobalStyle

SIZE = (32, 24)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)
STRIDE, PIXELS = 4, 3 * 4 * 4


def test_the_style_keeps_every_pixel():
    person = make_person(SIZE)
    for kind in (DecomposedStyle, GlobalStyle):
        encoder = kind(CONTEXT, channels=16, width=4, stride=STRIDE, pixels=True).eval()
        (style,) = encoder(person).pyramid
        assert style.shape[1] == encoder.spec.channels[0] == 16 + PIXELS
        torch.testing.assert_close(F.pixel_shuffle(style[:, 16:], STRIDE), person.image)


def generator() -> TranslationGenerator:
    torch.manual_seed(0)
    context = dataclasses.replace(CONTEXT, spec=FeatureSpec((STRIDE,), (16 + PIXELS,), 8, 16 + PIXELS))
    return TranslationGenerator(context, width=8, depth=1, norm="none", shortcut=True).eval()


def shown(by: TranslationGenerator, person: Person) -> torch.Tensor:
    """What a generator paints of a style that stays where it is: random features, and the photo's pixels."""
    style = torch.cat([torch.randn(len(person), 16, 8, 6), F.pixel_unshuffle(person.image, STRIDE)], 1)
    return by(Merged(pyramid=(style,), codes=style), person)


def test_the_shortcut_can_show_the_pixels_as_they_are():
    painter, person = generator(), make_person(SIZE)
    for parameter in painter.parameters():
        torch.nn.init.zeros_(parameter)
    painter.shortcut[0].weight.data[:, 16:, 0, 0] = torch.eye(PIXELS)  # type: ignore[index]
    torch.testing.assert_close(shown(painter, person), person.image.tanh())


def test_before_training_the_moved_photo_can_be_made_out():
    person = make_person(SIZE)
    likeness = F.cosine_similarity(shown(generator(), person).flatten(1), person.image.flatten(1))
    assert likeness.min() > 0.75
