"""Generators among the latents of a frozen codec: the walk there, and the oracle that shows what the codec alone loses."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.base.test_base_generators import context_of, merged_of
from tests.base.test_flow_matching import SIZE, stepped
from tests.support import make_pair, make_person
from zoo.errors import ZooError
from zoo.interfaces import Context, Generator
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.testing.nets import StandInCodec
from zoo.types import Merged, Person
from zoo_base.flow_matching import FlowMatching
from zoo_base.generators import UNet


class FewChannels(StandInCodec):
    """The colours of every fourth pixel, four times as many cells a side as latents: r = 1."""

    channels = 3

    def encode(self, image: Tensor) -> Tensor:
        return image[..., :: self.stride, :: self.stride]

    def decode(self, latent: Tensor) -> Tensor:
        return latent.repeat_interleave(self.stride, 2).repeat_interleave(self.stride, 3).clamp(-1, 1)


def walker(strides: tuple[int, ...] = (4, 8), codec: StandInCodec | None = None, **options: float) -> FlowMatching:
    context = replace(context_of(strides, (5, 6), SIZE), pose_channels=18, codec=codec or FewChannels())
    return FlowMatching(context, lambda c: UNet(c, width=4), latent=True, **options)  # type: ignore[arg-type]


def seen(strides: tuple[int, ...] = (4, 8)) -> tuple[Merged, Person]:
    person = make_person(SIZE).but(pose=torch.rand(2, 18, *SIZE))
    merged = merged_of(context_of(strides, (5, 6), SIZE))
    return merged.but(noise=torch.randn(2, 3, *SIZE)), person


@pytest.mark.parametrize("codec", [FewChannels(), StandInCodec()], ids=["one pixel a cell", "sixteen"])
def test_a_walk_among_latents_paints_images_and_learns(codec: StandInCodec) -> None:
    generator, (merged, person) = walker(codec=codec), seen()
    image = generator(merged, person)
    assert image.shape == (2, 3, *SIZE) and image.detach().abs().max() <= 1
    lesson = generator.lesson(merged, person, torch.rand(2, 3, *SIZE))
    assert lesson.velocity.shape == lesson.aim.shape == (2, codec.channels, SIZE[0] // 4, SIZE[1] // 4)
    (lesson.velocity - lesson.aim).square().mean().backward()
    assert all(p.grad is not None for p in generator.canvas.parameters() if p.requires_grad)


def test_the_lesson_aims_at_the_latent_of_the_truth() -> None:
    generator, (merged, person), truth = walker(drop=0.0), seen(), torch.rand(2, 3, *SIZE)
    lesson = generator.lesson(merged, person, truth)
    noise, early = generator._begun(merged), lesson.time < 0.95
    torch.testing.assert_close(lesson.aim[early], (FewChannels().encode(truth) - noise)[early], atol=1e-4, rtol=1e-4)
    assert torch.equal(lesson.image, lesson.image[..., ::4, ::4].repeat_interleave(4, 2).repeat_interleave(4, 3)), "decoded"


def test_maps_finer_than_what_is_painted_are_refused_and_so_is_a_size_without_latents() -> None:
    with pytest.raises(ZooError, match="finer than the latent that is painted, of 4"):
        walker((2, 4))
    walker((1, 4), StandInCodec())  # sixteen pixels a cell: as fine as the image
    odd = replace(context_of((1,), (5,), (30, 30)), pose_channels=18, codec=FewChannels())
    with pytest.raises(ZooError, match="no latents of stride 4"):
        FlowMatching(odd, lambda c: UNet(c, width=4), latent=True)


def test_an_oracle_of_the_codec_shows_the_target_as_the_codec_leaves_it() -> None:
    recipe = load_recipe(catalog().recipes["codec"])
    context = Context(size=SIZE, regions=vocabulary("scm8"), codec=FewChannels())
    pair = make_pair(SIZE, regions=8)
    model = build_model(recipe, context, "scm8", catalog())
    assert torch.equal(model(pair).image, FewChannels().decode(FewChannels().encode(pair.target.image)))
    blind = build_model(recipe.model_copy(update={"oracle": False}), context, "scm8", catalog())
    with pytest.raises(ZooError, match="no image of the target"):
        blind(pair)


def test_no_other_oracle_sees_the_targets_image() -> None:
    class Spies(Generator):
        def forward(self, merged: Merged, target: Person) -> Tensor:
            assert target.image is None and target.parsing is not None
            return torch.zeros(len(target), 3, *target.size)

    recipe = load_recipe(catalog().recipes["copy"]).model_copy(update={"oracle": True})
    model = build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8")), "scm8", catalog())
    model.generator = Spies()
    assert model(make_pair(SIZE, regions=8)).image is not None


def test_what_needs_a_codec_is_refused_where_the_track_names_none() -> None:
    track = load_track(catalog().tracks["figures-64"])
    recipe = load_recipe(catalog().recipes["codec"])
    check_mix(recipe, track, catalog())
    with pytest.raises(ZooError, match=r"name a codec in the track: codec = \.\.\."):
        check_mix(recipe, track.model_copy(update={"codec": None}), catalog())
    with pytest.raises(ZooError, match="oracle=true"):
        check_mix(recipe.model_copy(update={"oracle": False}), track, catalog())
    latent = load_recipe(catalog().recipes["scmnet"], size="small", variant="latent-flow-matching")
    with pytest.raises(ZooError, match=r"wrapper base\.flow_matching needs codec"):
        check_mix(latent, track.model_copy(update={"codec": None}), catalog())


def test_rows_are_compared_whatever_codec_the_track_names() -> None:
    track = load_track(catalog().tracks["figures-64"])
    assert track.codec and track.model_copy(update={"codec": None}).digest() == track.digest()


def test_pixels_are_the_canvas_where_nothing_else_is_said() -> None:
    generator, merged, person = stepped()
    assert not [*generator.canvas.parameters()]
    assert generator.lesson(merged, person, torch.rand(2, 3, *SIZE)).velocity.shape == (2, 3, *SIZE)
