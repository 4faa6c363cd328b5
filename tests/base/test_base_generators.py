"""Generators take any strides, sizes that are not square, and use every level they are handed."""

import dataclasses

import pytest
import torch

from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Merged, PhotoChannels
from zoo_base.generators import MeanImage, Show, UNet
from zoo_base.networks import MLP, PoseEncoder, as_image


def context_of(strides: tuple[int, ...], channels: tuple[int, ...], size: tuple[int, int]) -> Context:
    spec = FeatureSpec(strides=strides, channels=channels, regions=8, code_width=4)
    return Context(size=size, regions=vocabulary("scm8"), spec=spec)


def merged_of(context: Context) -> Merged:
    (h, w), spec = context.size, context.upstream
    pyramid = tuple(
        torch.randn(2, c, h // s, w // s, requires_grad=True) for s, c in zip(spec.strides, spec.channels, strict=True)
    )
    return Merged(pyramid=pyramid, codes=torch.zeros(2, 8, 4))


@pytest.mark.parametrize("size", [(32, 48), (64, 32)])
@pytest.mark.parametrize("strides", [(1,), (2,), (4,), (8,), (2, 4), (1, 2, 8), (4, 4), (8, 16)])
def test_unet_paints_full_size_from_any_strides(strides: tuple[int, ...], size: tuple[int, int]) -> None:
    context = context_of(strides, tuple(range(3, 3 + len(strides))), size)
    generator, merged = UNet(context, width=4), merged_of(context)
    image = generator(merged, make_person(size))
    assert image.shape == (2, 3, *size) and image.abs().max() <= 1
    image.square().sum().backward()
    assert all(level.grad is not None and level.grad.abs().sum() > 0 for level in merged.pyramid)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in generator.parameters())


def test_unet_stops_before_the_map_is_too_small_for_its_norm() -> None:
    assert len(UNet(context_of((8,), (4,), (64, 64)), width=4, depth=9).downs) == 1
    assert len(UNet(context_of((1,), (4,), (64, 64)), width=4, depth=3).downs) == 3


def test_show_hands_back_the_pixels_or_says_it_cannot() -> None:
    context = context_of((1,), (5,), (16, 24))
    merged = merged_of(context)
    image, person = merged.pyramid[0], make_person((16, 24))
    assert torch.equal(Show(context)(merged, person), image[:, :3].clamp(-1, 1))
    for lowest, wanted in ((-1.0, image[:, 2:5]), (0.0, 2 * image[:, 2:5] - 1)):
        spec = dataclasses.replace(context.upstream, photo=PhotoChannels(2, 3, lowest))
        shown = Show(dataclasses.replace(context, spec=spec))(merged, person)
        assert torch.equal(shown, wanted.clamp(-1, 1)), "the photo is where the spec says"
    with pytest.raises(ZooError, match=r"base\.show needs an image"):
        Show(context_of((2,), (5,), (16, 24)))


def test_mean_image_learns_the_mean() -> None:
    context = context_of((1,), (3,), (4, 6))
    generator, targets = MeanImage(context), torch.rand(8, 3, 4, 6) * 2 - 1
    optimiser = torch.optim.Adam(generator.parameters(), lr=0.05)
    for _ in range(200):
        loss = (generator(merged_of(context), make_person((4, 6), batch=8)) - targets).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.testing.assert_close(generator.image.detach(), targets.mean(0), atol=2e-3, rtol=0)


def test_pose_encoder_halves_to_its_stride_and_is_signed() -> None:
    for stride in (1, 2, 8):
        features = PoseEncoder(18, 7, stride, width=4)(torch.rand(2, 18, 32, 48))
        assert features.shape == (2, 7, 32 // stride, 48 // stride) and features.min() < 0 < features.max()
    with pytest.raises(ZooError, match="power of two"):
        PoseEncoder(18, 7, 6)


def test_mlp_ends_without_an_activation() -> None:
    assert MLP(4, 8, 8, 3)(torch.randn(64, 4)).min() < 0


def test_a_saturated_image_still_learns_in_half_precision() -> None:
    y = torch.full((1,), 5.0, dtype=torch.bfloat16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        as_image(y).sum().backward()
    assert y.grad is not None and y.grad > 0
    assert as_image(y.double()).dtype == torch.float64
