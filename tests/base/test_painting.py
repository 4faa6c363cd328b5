"""What is painted is laid over the moved photo: the photo alone where the share says so, whatever it shows."""

import dataclasses

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support import make_person
from zoo.interfaces import Context, Generator
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Merged, Person, PhotoChannels
from zoo_base.painting import PaintedOver, added
from zoo_scmnet.generator import TranslationGenerator

SIZE, STRIDE = (32, 24), 4
PIXELS = 3 * STRIDE**2
FINE = FeatureSpec((1, 4), (11, 8), 8, 6, photo=PhotoChannels(8, 3))
CELLS = FeatureSpec((STRIDE,), (16 + PIXELS,), 8, 6, photo=PhotoChannels(16, PIXELS))
RAMP = FeatureSpec((1,), (5,), 8, 6, photo=PhotoChannels(2, 3, lowest=0.0))


class Grey(Generator):
    """A stranger's generator, which shows no features."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.shade = nn.Parameter(torch.zeros(()))

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return torch.tanh(self.shade).expand(len(target), 3, *target.size)


def context(spec: FeatureSpec) -> Context:
    return Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, spec=spec)


def painter(spec: FeatureSpec, stranger: bool = False, **options: str) -> PaintedOver:
    torch.manual_seed(0)

    def inner(given: Context) -> Generator:
        return Grey(given) if stranger else TranslationGenerator(given, width=8, depth=1, norm="none")

    return PaintedOver(context(spec), inner, **options).eval()  # type: ignore[arg-type]


def merged_of(spec: FeatureSpec, photo: Tensor) -> Merged:
    """Random features, and the photo where the spec says it is."""
    torch.manual_seed(1)
    pyramid = [torch.randn(2, c, SIZE[0] // s, SIZE[1] // s) for c, s in zip(spec.channels, spec.strides, strict=True)]
    assert spec.photo is not None
    cells = F.pixel_unshuffle(photo if spec.photo.lowest else (photo + 1) / 2, spec.strides[0])
    pyramid[0][:, spec.photo.start : spec.photo.start + spec.photo.count] = cells
    return Merged(pyramid=tuple(pyramid), codes=torch.zeros(2, 8, 6))


@torch.no_grad()
@pytest.mark.parametrize("spec", [FINE, CELLS, RAMP], ids=["at full size", "in cells", "from 0 to 1"])
@pytest.mark.parametrize("stranger", [False, True])
def test_without_a_share_of_paint_the_photo_is_shown_as_it_is(spec: FeatureSpec, stranger: bool) -> None:
    net, person = painter(spec, stranger), make_person(SIZE)
    assert net.share is not None
    nn.init.zeros_(net.share.weight)
    nn.init.constant_(net.share.bias, -30.0)  # type: ignore[arg-type]
    torch.testing.assert_close(net(merged_of(spec, person.image), person), person.image, atol=1e-5, rtol=0)
    nn.init.constant_(net.share.bias, 30.0)  # type: ignore[arg-type]
    painted = net(merged_of(spec, person.image), person)
    torch.testing.assert_close(painted, net.inner(merged_of(spec, person.image), person))


@torch.no_grad()
@pytest.mark.parametrize("spec", [FINE, CELLS, RAMP], ids=["at full size", "in cells", "from 0 to 1"])
def test_added_paint_starts_from_the_photo_too(spec: FeatureSpec) -> None:
    net, person = painter(spec, stranger=True, how="add"), make_person(SIZE)
    assert net.share is None
    torch.testing.assert_close(net(merged_of(spec, person.image), person), (1.4 * person.image).tanh())


def test_without_a_photo_nothing_is_shown_at_first() -> None:
    spec = dataclasses.replace(FINE, photo=None)
    net, person = painter(spec, stranger=True, how="add"), make_person(SIZE)
    assert net(merged_of(FINE, person.image), person).abs().max() == 0


def test_an_image_stays_an_image_however_sure_both_are() -> None:
    values = torch.tensor([-1.0, -0.999999, -0.3, 0.0, 0.7, 0.999999, 1.0])
    both = added(values[:, None], values[None, :])
    assert both.isfinite().all() and both.abs().max() <= 1
    inner = values[2:5].double()
    torch.testing.assert_close(added(inner[:, None], inner[None, :]), (inner.atanh()[:, None] + inner.atanh()[None, :]).tanh())


@pytest.mark.parametrize("how", ["blend", "add"])
def test_paint_and_reading_learn_from_the_first_step(how: str) -> None:
    net, person = painter(CELLS, how=how).train(), make_person(SIZE)
    net(merged_of(CELLS, person.image), person).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
