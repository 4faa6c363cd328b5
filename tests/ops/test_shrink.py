"""An outcome seen smaller: what was repeated comes back exactly, labels stay labels, joints stay where they are."""

import torch

from tests.support import make_pair
from zoo.ops.maps import heat_maps
from zoo.ops.shrink import shrunk
from zoo.types import Fields, Merged, Outcome


def repeated(x: torch.Tensor) -> torch.Tensor:
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def outcome() -> tuple[Outcome, torch.Tensor, torch.Tensor]:
    image, logits, pair = torch.randn(2, 3, 8, 6), torch.randn(2, 8, 8, 6), make_pair((16, 12), 2, regions=8)
    merged = Merged(pyramid=(torch.randn(2, 4, 16, 12),), codes=torch.randn(2, 8, 4), fields=Fields())
    flow = torch.tensor([4.0, -2.0]).view(1, 2, 1, 1).expand(2, 2, 16, 12)
    pair = pair.but(flow=flow, visibility=torch.ones(2, 1, 16, 12))
    made = Outcome(pair=pair, source=pair.source, target=pair.target, image=repeated(image), parsing_logits=repeated(logits),
                   merged=merged)  # fmt: skip
    return made.but(back=made), image, logits


def test_what_was_repeated_comes_back_exactly_on_both_ways() -> None:
    made, image, logits = outcome()
    small = shrunk(made, 2)
    for way in (small, small.back):
        torch.testing.assert_close(way.image, image)
        torch.testing.assert_close(way.parsing_logits, logits)
    assert small.merged is made.merged and shrunk(made, 1) is made


def test_people_keep_their_places_and_their_labels() -> None:
    made, _, _ = outcome()
    small = shrunk(made, 2)
    for person, before in ((small.target, made.target), (small.pair.source, made.pair.source)):
        assert person.size == (8, 6) and torch.equal(person.visible, before.visible)
        assert set(person.parsing.unique().tolist()) <= {0.0, 1.0} and (person.parsing.sum(1) == 1).all()
        torch.testing.assert_close(person.image, torch.nn.functional.avg_pool2d(before.image, 2))
    joints = torch.full((1, 18, 2), 8.5)  # between two pixels, in the middle of pixel 4 of half the size
    person = made.target.map(lambda t: t[:1]).but(joints=joints, visible=torch.ones(1, 18, dtype=torch.bool))
    near = shrunk(made.map(lambda t: t[:1]).but(target=person), 2).target
    assert torch.equal(near.joints, torch.full((1, 18, 2), 4.0))
    assert heat_maps(near.joints, near.visible, (8, 6), 1.0)[0, 0].argmax() == 4 * 6 + 4


def test_a_flow_is_in_pixels_of_the_smaller_image() -> None:
    made, _, _ = outcome()
    pair = shrunk(made, 2).pair
    torch.testing.assert_close(pair.flow, torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).expand(2, 2, 8, 6))
    assert torch.equal(pair.visibility, torch.ones(2, 1, 8, 6))


def test_gradients_are_those_of_the_mean() -> None:
    made, image, _ = outcome()
    image = image.requires_grad_()
    shrunk(made.but(image=repeated(image), back=None), 2).image.sum().backward()
    torch.testing.assert_close(image.grad, torch.ones_like(image))
