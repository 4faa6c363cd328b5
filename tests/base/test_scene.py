"""The photo goes along as a scene, and is retouched together with what is painted."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, Generator, MergingOperator
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Merged, Person, PhotoChannels, Style
from zoo_base.posed import posed, posed_in_sheets
from zoo_base.retouching import Retouched
from zoo_base.scene import Scene, scene_of

SIZE = (32, 24)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=4, spec=FeatureSpec((4,), (5,), 8, 5))


class Stays(MergingOperator):
    def __init__(self, context: Context, stride: int = 4) -> None:
        super().__init__()
        self.spec = FeatureSpec((stride,), (5,), 8, 5)
        self.level = torch.rand(2, 5, SIZE[0] // stride, SIZE[1] // stride)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=(self.level,), codes=style.codes)


class Grey(Generator):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.tone = nn.Parameter(torch.zeros(()))

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return self.tone.expand(len(target), 3, *target.size)


def style() -> Style:
    return Style(pyramid=(torch.rand(2, 5, 8, 6),), codes=torch.rand(2, 8, 5))


@pytest.mark.parametrize(("stride", "strides", "channels"), [(4, (1, 4), (3, 5)), (1, (1,), (8,))])
def test_the_scene_is_a_level_in_front_or_joins_the_finest(stride: int, strides: Any, channels: Any) -> None:
    pair = make_pair(SIZE)
    scene = Scene(CONTEXT, lambda context: Stays(context, stride))
    assert (scene.spec.strides, scene.spec.channels) == (strides, channels)
    merged = scene(style(), pair.source, pair.target)
    assert tuple(level.shape[1] for level in merged.pyramid) == channels
    start = scene.spec.photo.start
    shown = merged.pyramid[0][:, start : start + 3]
    torch.testing.assert_close(shown, scene_of(pair.source.image, pair.source, pair.target, CONTEXT.regions))


def test_it_is_what_pairs_of_one_photo_are_made_of() -> None:
    pair = make_pair(SIZE)
    torch.testing.assert_close(
        scene_of(pair.source.image, pair.source, pair.target, CONTEXT.regions), posed(pair.source, pair.target, "scm8").image
    )


def test_in_sheets_it_is_what_pairs_in_sheets_are_made_of() -> None:
    pair = make_pair(SIZE)
    scene = Scene(CONTEXT, Stays, puppet="sheets")
    laid = scene.lay_out(pair.source.image, pair.source, pair.target)
    torch.testing.assert_close(laid, posed_in_sheets(pair.source, pair.target, "scm8").image)
    assert not torch.equal(laid, Scene(CONTEXT, Stays).lay_out(pair.source.image, pair.source, pair.target))


def test_patches_are_for_sheets_alone() -> None:
    with pytest.raises(ZooError, match="behind sheets alone"):
        Scene(CONTEXT, Stays, backdrop="patches")


def test_without_regions_there_is_no_figure_to_move() -> None:
    pair = make_pair(SIZE)
    with pytest.raises(ZooError, match="no regions to tell figure from background"):
        Scene(CONTEXT, Stays)(style(), pair.source.but(parsing=None), pair.target)


def retouched(photo: Tensor, spec: FeatureSpec) -> tuple[Retouched, Tensor]:
    torch.manual_seed(0)
    net = Retouched(Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=4, spec=spec), Grey, width=8, depth=2)
    target = make_pair(SIZE).target.but(pose=torch.rand(2, 4, *SIZE))
    return net, net(Merged(pyramid=(photo,), codes=torch.rand(2, 8, 3)), target)


def test_training_starts_from_the_photo_and_reaches_every_part() -> None:
    photo = torch.rand(2, 3, *SIZE) * 2 - 1
    net, image = retouched(photo, FeatureSpec((1,), (3,), 8, 3, photo=PhotoChannels(0, 3)))
    assert (image - photo).abs().mean() < 0.1 and image.abs().max() <= 1
    image.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert net.inner.tone.grad != 0 and net.shares.weight.grad.abs().sum() > 0 and net.colours.weight.grad.abs().sum() > 0


def test_a_style_without_a_photo_starts_from_nothing() -> None:
    _, image = retouched(torch.rand(2, 5, 8, 6), FeatureSpec((4,), (5,), 8, 5))
    assert image.shape == (2, 3, *SIZE) and image.abs().mean() < 0.1


def test_odd_sides_are_kept() -> None:
    size = (36, 22)  # 36 / 4 = 9, 22 / 4 is no whole number
    spec = FeatureSpec((1,), (3,), 8, 3, photo=PhotoChannels(0, 3))
    net = Retouched(Context(size=size, regions=vocabulary("scm8"), pose_channels=4, spec=spec), Grey, width=8, depth=2)
    target = make_pair(size).target.but(pose=torch.rand(2, 4, *size))
    assert net(Merged(pyramid=(torch.zeros(2, 3, *size),), codes=torch.rand(2, 8, 3)), target).shape == (2, 3, *size)
