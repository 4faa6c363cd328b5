"""SCM-Net as a whole: every variant builds and learns from one image, in both sizes, with H != W."""

from pathlib import Path

import pytest
import torch

import zoo_scmnet
from tests.support import make_pair, make_person
from zoo.interfaces import Context
from zoo.model import Model, build_model
from zoo.ops.warp import pixel_grid
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.regions import vocabulary
from zoo.testing.nets import StandInCodec, StandInFeatures
from zoo.types import FeatureSpec, Pair, Style
from zoo_scmnet.augment import Augmentation, Moves
from zoo_scmnet.merge import CorrelationMerge
from zoo_scmnet.style import DecomposedStyle, moved

RECIPE = Path(zoo_scmnet.__file__).parent / "recipes" / "scmnet.toml"
FP16_BYTES = 8e6


def model(size: tuple[int, int], scale: str, variant: str = "full") -> Model:
    recipe = load_recipe(RECIPE, size=scale, variant=variant)
    return build_model(
        recipe,
        Context(size=size, regions=vocabulary(recipe.regions), features=StandInFeatures(), codec=StandInCodec()),
        "cihp20",
        catalog(),
    )


def self_pair(size: tuple[int, int], batch: int = 2) -> Pair:
    pair = make_pair(size, batch, regions=20)
    return pair.but(target=pair.source, flow=None, visibility=None)


@pytest.mark.parametrize("variant", variants_of(RECIPE))
def test_every_variant_trains_all_its_parts(variant):
    torch.manual_seed(0)
    built = model((32, 16), "small", variant).train()
    image = built(self_pair((32, 16))).image
    assert image.shape == (2, 3, 32, 16)
    image.square().mean().backward()
    idle = [n for n, p in built.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not idle


def test_small_fits_its_file_and_correlates_on_a_fine_grid():
    built = model((64, 64), "small").eval()
    assert 2 * sum(built.parameter_count().values()) <= FP16_BYTES
    with torch.no_grad():
        outcome = built(self_pair((64, 64), 1))
    assert outcome.merged.fields.correlation.target_grid == (32, 32)


def test_paper_has_the_paper_s_shapes():
    with torch.device("meta"):
        built = model((256, 256), "paper").eval()
        outcome = built.style(make_person((256, 256), 1).to("meta"))
    assert outcome.pyramid[0].shape == (1, 256, 32, 32)
    assert outcome.parts.shape == (1, 8, 32, 32, 32)
    assert built.merge.spec.channels == (256,) and built.merge.spec.strides == (8,)


@pytest.mark.parametrize("affine", ["image", "region"])
def test_augmentation_moves_what_the_encoder_sees_in_training_only(affine):
    context = Context(size=(32, 24), regions=vocabulary("scm8"))
    encoder = DecomposedStyle(context, channels=16, width=4, stride=4, augment=Moves(affine=affine, flip=True, drop=0.5))
    person = make_person((32, 24))
    torch.manual_seed(0)
    moved, still = encoder.train()(person), encoder.eval()(person)
    assert not torch.allclose(moved.parts, still.parts)
    torch.testing.assert_close(still.parts, encoder(person).parts)
    assert torch.equal(still.parsing, person.parsing) and moved.parsing.shape == person.parsing.shape


def test_augmentation_without_options_changes_nothing_and_hides_only_what_it_may():
    person = make_person((32, 24))
    parts = person.image[:, None] * person.parsing[:, :, None] + 2
    assert torch.equal(Augmentation(Moves())(parts, parts[:, :, 0]), parts)
    hidden = Augmentation(Moves(drop=1.0), droppable=(6, 7))(parts, parts[:, :, 0])
    assert hidden[:, 6:].abs().sum() == 0 and torch.equal(hidden[:, :6], parts[:, :6])
    shuffled = Augmentation(Moves(shuffle_rows=True))(parts, parts[:, :, 0])
    torch.testing.assert_close(shuffled.sum((-1, -2)), parts.sum((-1, -2)))


def test_undo_says_where_everything_was():
    augment = Augmentation(Moves(affine="region", bend=0.2, drop=0.5), droppable=(1,))
    ramps = pixel_grid((32, 24), torch.empty(0)).expand(4, 3, -1, -1, -1)
    whole = torch.ones(4, 3, 32, 24)
    parts, undo = moved(torch.cat([ramps, whole[:, :, None], whole[:, :, None]], 2), augment, whole)
    shown = parts[:, :, 3:4] > 0.99
    assert shown[:, (0, 2)].all() and not shown[:, 1].all()
    assert torch.equal(parts[:, :, :2] * shown, undo * shown)
    assert (undo[:, 0] - undo[:, 2]).abs().max() > 2, "every region moves by itself"
    assert (undo - ramps).abs().mean() > 1


def test_what_is_moved_stays_in_the_picture():
    feet = torch.zeros(64, 1, 32, 24)
    feet[:, :, 26:30, 2:5] = 1  # near the lower left corner
    parts = feet[:, :, None].repeat(1, 1, 4, 1, 1)
    torch.manual_seed(0)
    turned = Augmentation(Moves(affine="region", rotate=90.0, zoom=0.0, shift=0.5))(parts, feet)[:, 0, 3]
    torch.testing.assert_close(turned.sum((1, 2)), feet.sum((1, 2, 3)), rtol=0.15, atol=0)
    assert (turned.flatten(1).argmax(1) != feet.flatten(1).argmax(1)).float().mean() > 0.9, "and yet it moves"


def test_a_guest_comes_only_where_a_region_is_absent():
    parts = torch.rand(4, 3, 4, 8, 8) + 0.1
    parts[1, 2] = 0
    parts[2, 1] = 0
    invited = Augmentation(Moves(guest=1.0), guests=(2,))(parts, parts[:, :, 3])
    assert torch.equal(invited[1, 2], parts[0, 2])
    assert torch.equal(invited[2, 1], parts[2, 1]), "not on the list"
    invited[1, 2] = 0
    assert torch.equal(invited, parts)


def test_fusion_started_as_the_identity_hands_on_what_the_regions_say():
    context = Context(size=(32, 16), regions=vocabulary("scm8"))
    encoder = DecomposedStyle(context, channels=16, width=4, stride=2, fuse_start="identity").eval()
    plain = DecomposedStyle(context, channels=16, width=4, stride=2, fuse=False).eval()
    plain.load_state_dict({k: v for k, v in encoder.state_dict().items() if not k.startswith("fuse")})
    source = make_person((32, 16))
    leaky = torch.nn.functional.leaky_relu(plain(source).pyramid[0], 0.2)
    torch.testing.assert_close(encoder(source).pyramid[0], leaky)


def test_keys_of_its_own_start_as_the_style_and_learn_apart_from_it():
    torch.manual_seed(0)
    style = Style(pyramid=(torch.randn(1, 8, 4, 4),), codes=torch.zeros(1, 8, 8))
    person = make_person((32, 32), 1).but(pose=torch.rand(1, 18, 32, 32))
    context = Context(size=(32, 32), regions=vocabulary("scm8"), pose_channels=18, spec=FeatureSpec((8,), (8,), 8, 8))
    shared, own = CorrelationMerge(context, width=4), CorrelationMerge(context, width=4, own_keys=True)
    own.pose_encoder = shared.pose_encoder
    before, after = (merge(style, person, person) for merge in (shared, own))
    assert torch.equal(before.pyramid[0], after.pyramid[0])
    after.pyramid[0].square().sum().backward()
    assert own.keys.weight.grad.abs().sum() > 0


def test_the_generator_sees_the_pose_only_where_it_is_asked_to():
    poses = [make_person((64, 64), 2, regions=8).but(pose=pose) for pose in torch.rand(2, 2, 19, 64, 64)]
    for variant, sees in (("full", True), ("wo-pose", False)):
        net = model((64, 64), "small", variant).eval()
        merged = net.merge(net.style(poses[0]), poses[0], poses[0])
        images = [net.generator(merged, person) for person in poses]
        assert torch.equal(*images) != sees
