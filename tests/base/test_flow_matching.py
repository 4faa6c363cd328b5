"""Painting in several steps: the way ends at what is expected, noise belongs to the pair, the style can be left out."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.base.test_base_generators import context_of, merged_of
from tests.support import make_pair, make_person
from zoo.documents.names import FULL
from zoo.errors import ZooError
from zoo.interfaces import Context, Generator, Inner
from zoo.model import Model, build
from zoo.ops.noise import named_noise
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.types import Merged, Outcome, Person
from zoo_base.flow_matching import FlowMatching, Velocity
from zoo_base.generators import UNet

SIZE = (16, 24)


class Knows(Generator):
    """Expects the same image wherever on the way; counts how often it is asked, and keeps what it saw."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec, self.image = context.upstream, torch.rand(2, 3, *SIZE) * 2 - 1
        self.seen: list[Tensor] = []

    def forward(self, merged: Merged, target: Person) -> Tensor:
        self.seen.append(merged.pyramid[0])
        return self.image


def stepped(inner: Inner[Generator] = Knows, **options: float) -> tuple[FlowMatching, Merged, Person]:
    context = replace(context_of((2, 4), (5, 6), SIZE), pose_channels=18)
    person = make_person(SIZE).but(pose=torch.rand(2, 18, *SIZE))
    return FlowMatching(context, inner, **options), merged_of(context).but(noise=torch.randn(2, 3, *SIZE)), person  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_whoever_knows_the_image_arrives_there_in_any_number_of_steps(steps: int) -> None:
    generator, merged, person = stepped(steps=steps)
    inner = generator.inner
    assert isinstance(inner, Knows)
    torch.testing.assert_close(generator(merged, person), inner.image)
    assert len(inner.seen) == steps
    assert inner.spec.channels == (5 + 3 * 4 + 18 + 1, 6), "the noisy image cell by cell, the pose and the time"
    assert [float(x[0, -1, 0, 0].detach()) for x in inner.seen] == pytest.approx([k / steps for k in range(steps)])


def test_the_way_is_straight() -> None:
    """Halfway there x is the mean of noise and image."""
    generator, merged, person = stepped(steps=2)
    generator(merged, person)
    inner, noise = generator.inner, merged.noise
    assert isinstance(inner, Knows) and noise is not None
    first, second = (torch.pixel_shuffle(x[:, 5:17], 2) for x in inner.seen)
    torch.testing.assert_close(first, noise)
    torch.testing.assert_close(second, (noise + inner.image) / 2)


def test_a_lesson_aims_from_where_it_stands_at_the_truth() -> None:
    generator, merged, person = stepped(drop=0.0)
    inner, truth, noise = generator.inner, torch.rand(2, 3, *SIZE), merged.noise
    assert isinstance(inner, Knows) and noise is not None
    lesson = generator.lesson(merged, person, truth)
    assert torch.equal(lesson.image, inner.image)
    early = lesson.time < 0.95
    torch.testing.assert_close(lesson.aim[early], (truth - noise)[early], atol=1e-4, rtol=1e-4)
    inner.image = truth
    exact = generator.lesson(merged, person, truth)
    outcome = Outcome(pair=make_pair(SIZE), source=person, target=person, lesson=exact)
    assert Velocity(context_of((2,), (5,), SIZE))(outcome) == 0
    with pytest.raises(ZooError, match="there was none"):
        Velocity(context_of((2,), (5,), SIZE))(outcome.but(lesson=None))


def test_guidance_goes_away_from_what_is_expected_without_the_style() -> None:
    plain, merged, person = stepped(lambda c: UNet(c, width=4), steps=1)
    guided = FlowMatching(
        replace(context_of((2, 4), (5, 6), SIZE), pose_channels=18), lambda c: plain.inner, steps=1, guidance=2.0
    )
    styleless = merged.but(pyramid=tuple(torch.zeros_like(x) for x in merged.pyramid), codes=torch.zeros_like(merged.codes))
    with torch.no_grad():
        wanted = (2 * plain(merged, person) - plain(styleless, person)).clamp(-1, 1)
        torch.testing.assert_close(guided(merged, person), wanted)


def test_a_share_of_the_samples_is_taught_without_the_style() -> None:
    generator, merged, person = stepped(drop=0.3)
    many, inner = 150, generator.inner
    assert isinstance(inner, Knows)
    person = person.map(lambda x: x[:1].expand(many, *x.shape[1:]))
    merged = merged.map(lambda x: x[:1].abs().add(0.1).expand(many, *x.shape[1:]))
    inner.image = torch.zeros(many, 3, *SIZE)
    torch.manual_seed(0)
    generator.lesson(merged, person, inner.image)
    style = inner.seen[0][:, :5]
    without = (style == 0).flatten(1).all(1)
    assert torch.equal(without, (style == 0).flatten(1).any(1)), "all of a sample's style or none of it"
    assert 0.2 < without.float().mean() < 0.4
    generator(merged, person)
    assert (inner.seen[-1][:, :5] > 0).all(), "never where it paints"


@pytest.mark.parametrize("options", [{"steps": 0}, {"drop": 1.0}, {"guidance": 2.0, "drop": 0.0}, {"guidance": -1.0}])
def test_what_cannot_be_walked_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ZooError, match=rf"cannot paint with {'guidance' if 'guidance' in options else next(iter(options))}"):
        stepped(**options)


def test_without_noise_nothing_is_painted() -> None:
    generator, merged, person = stepped()
    with pytest.raises(ZooError, match="no noise to begin with"):
        generator(merged.but(noise=None), person)


def test_noise_belongs_to_the_pair_and_the_sample() -> None:
    a, b = named_noise(["a", "b"], 0, (2, 3))
    assert torch.equal(named_noise(["b", "a"], 0, (2, 3)), torch.stack([b, a]))
    assert not torch.equal(a, b) and not torch.equal(named_noise(["a"], 1, (2, 3))[0], a)


def model_of(*changes: str) -> Model:
    request = Request("copy", FULL, "figures-64", ["style=base.encoder", "generator=base.unet", *changes])
    recipe, track = resolve(request, catalog())
    return build(recipe, track, catalog()).model.eval()


def test_the_spine_teaches_and_samples() -> None:
    model = model_of("generator.wear=base.flow_matching", "generator.width=4")
    pair = make_pair((64, 64), regions=20)
    with torch.no_grad():
        one, again, other = model(pair), model(pair), model(pair, sample=1)
        swapped = model(pair.map(lambda t: t.flip(0)).but(names=pair.names[::-1]))
        taught = model(pair, learns=True)
    assert one.image is not None and torch.equal(one.image, again.image)
    assert not torch.equal(one.image, other.image), "another sample, another image"
    torch.testing.assert_close(swapped.image.flip(0), one.image)
    assert one.lesson is None and taught.lesson is not None and taught.image is taught.lesson.image


def test_a_generator_of_several_steps_hides_in_no_other() -> None:
    with pytest.raises(ZooError, match="paints in several steps inside something that paints in one"):
        model_of('generator.wear=["base.flow_matching", "base.over"]')
    model_of('generator.wear=["base.over", "base.flow_matching"]')
