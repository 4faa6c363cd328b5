"""Deformable skips: exact where the motion is known, equal to the ten masked warps they stand for."""

import pytest
import torch
from torch import Tensor

from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.maps import scale_joints
from zoo.ops.rigid import PARTS, body_parts, part_affines, part_masks
from zoo.ops.warp import affine, pixel_grid
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo.scoring.evidence import believed_motion
from zoo.skeleton import JOINT_NAMES, JOINTS
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_base.deform import Deform, PartLayers, deform, part_layers, rigid_motion

SIZE = (64, 48)
SPEC = FeatureSpec(strides=(1, 2, 4), channels=(3, 4, 6), regions=8, code_width=5)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, spec=SPEC)


def standing(shift: tuple[float, float] = (0, 0), size: tuple[int, int] = SIZE) -> Person:
    """A person 40 px high in the upper left of the image; a target that also has its pose drawn."""
    joints = torch.tensor(
        [(16, 6), (16, 11), (12, 11), (10, 17), (9, 23), (20, 11), (22, 17), (23, 23), (14, 23), (13, 32), (13, 41), (18, 23),
         (19, 32), (19, 41), (15, 5), (17, 5), (14, 6), (18, 6)]
    ).float()  # fmt: skip
    joints = (joints + torch.tensor(shift))[None].expand(2, -1, -1)
    return Person(size=size, joints=joints, visible=torch.ones(2, JOINTS, dtype=torch.bool), pose=torch.rand(2, 18, *size))


def without(person: Person, *names: str) -> Person:
    visible = person.visible.clone()
    visible[:, [JOINT_NAMES.index(n) for n in names]] = False
    return person.but(visible=visible, joints=person.joints.masked_fill(~visible[..., None], torch.nan))


def style_of(size: tuple[int, int] = SIZE, spec: FeatureSpec = SPEC) -> Style:
    grids = [(size[0] // s, size[1] // s) for s in spec.strides]
    pyramid = tuple(torch.randn(2, c, *g, requires_grad=True) for c, g in zip(spec.channels, grids, strict=True))
    return Style(pyramid=pyramid, codes=torch.randn(2, 8, 5))


def run(style: Style, source: Person, target: Person, **options: object) -> Merged:
    return Deform(CONTEXT, width=4, **options).eval()(style, source, target)  # type: ignore[arg-type, no-any-return]


def ten_warps(features: Tensor, affines: Tensor, masks: Tensor) -> Tensor:
    """(B,10,C,h,w), every part's masked warp."""
    return torch.stack([affine(features, affines[:, p]) * masks[:, p, None] for p in range(masks.shape[1])], 1)


def random_parts(size: tuple[int, int] = (24, 16), parts: int = 10) -> tuple[Tensor, Tensor, Tensor]:
    """Signed features (channel 0 negative), affines near 1, masks that overlap: one pixel under all, one under none."""
    torch.manual_seed(3)
    affines = torch.eye(2, 3) + torch.randn(2, parts, 2, 3) * torch.tensor([0.06, 0.06, 1.5])
    masks = (torch.rand(2, parts, *size) < 0.25).float()
    masks[0, :, size[0] // 2, size[1] // 2], masks[0, :, 0, 0] = 1, 0
    features = torch.randn(2, 5, *size)
    features[:, 0] = -features[:, 0].abs() - 0.1
    return features, affines, masks


# ---------------------------------------------------------------- the core
def test_maximum_is_that_of_ten_masked_warps() -> None:
    features, affines, masks = random_parts()
    expected = ten_warps(features, affines, masks).amax(1)
    torch.testing.assert_close(deform(features, part_layers(affines, masks)), expected, atol=1e-5, rtol=1e-5)
    assert expected[0, 0, 12, 8] < 0, "under all ten masks no zero takes part"
    one = deform(features[1:], part_layers(affines[1:], masks[1:]))
    torch.testing.assert_close(one, expected[1:], atol=1e-5, rtol=1e-5)


def test_mean_is_over_the_parts_that_cover_a_pixel() -> None:
    features, affines, masks = random_parts()
    expected = ten_warps(features, affines, masks).sum(1) / masks.sum(1, keepdim=True).clamp_min(1)
    found = deform(features, part_layers(affines, masks), "avg")
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert found[0, :, 0, 0].abs().max() == 0


def test_mean_of_identical_overlapping_warps_is_the_warp() -> None:
    features, affines, masks = random_parts()
    same = affines[:, :1].expand_as(affines)
    covered = masks.amax(1, keepdim=True)
    torch.testing.assert_close(
        deform(features, part_layers(same, masks), "avg"), affine(features, affines[:, 0]) * covered, atol=1e-5, rtol=1e-5
    )


def test_layers_are_few_and_the_part_drawn_last_comes_first() -> None:
    affines = torch.eye(2, 3).expand(1, 4, 2, 3)
    masks = torch.zeros(1, 4, 4, 6)
    masks[:, 0], masks[:, 2, :2], masks[:, 3, 1:3] = 1, 1, 1
    numbers = part_layers(affines, masks).numbers
    assert numbers.shape == (1, 3, 4, 6)
    assert numbers[0, :, :, 0].T.tolist() == [[3, 1, 0], [4, 3, 1], [4, 1, 0], [1, 0, 0]]


def test_no_part_at_all_gives_zeros() -> None:
    features, affines, masks = random_parts()
    layers = part_layers(affines, torch.zeros_like(masks))
    for aggregation in ("max", "avg"):
        assert deform(features, layers, aggregation).abs().max() == 0  # type: ignore[arg-type]
    flow, visibility = layers.flow()
    assert flow.abs().max() == 0 and visibility.max() == 0


def test_gradient_is_that_of_the_ten_warps() -> None:
    features, affines, masks = random_parts((6, 5), 4)
    layers = part_layers(affines.double(), masks)
    assert torch.autograd.gradcheck(lambda f: deform(f, layers), features.double().requires_grad_())
    assert torch.autograd.gradcheck(lambda f: deform(f, layers, "avg"), features.double().requires_grad_())


def test_half_precision_features_keep_their_dtype() -> None:
    features, affines, masks = random_parts()
    for aggregation in ("max", "avg"):
        assert deform(features.bfloat16(), part_layers(affines, masks), aggregation).dtype == torch.bfloat16  # type: ignore[arg-type]


# ---------------------------------------------------------------- known motions (SPT properties 4 and 5)
@pytest.mark.parametrize(
    "missing", [(), tuple(n for n in JOINT_NAMES if n not in {"r_hip", "l_hip", "r_shoulder", "l_shoulder"})]
)
def test_identical_poses_hand_on_what_is_not_negative(missing: tuple[str, ...]) -> None:
    style, person = style_of(), without(standing(), *missing)
    assert rigid_motion(person, person).present.sum(1).tolist() == [1 if missing else 10] * 2
    merged = run(style, person, person, mix=False, levels=3)
    for moved, features in zip(merged.pyramid, style.pyramid, strict=True):
        torch.testing.assert_close(moved, features.clamp_min(0), atol=1e-5, rtol=1e-5)
    positive = style.but(pyramid=tuple(f.abs() for f in style.pyramid))
    mean = run(positive, person, person, mix=False, levels=3, aggregation="avg")
    for moved, features in zip(mean.pyramid, positive.pyramid, strict=True):
        torch.testing.assert_close(moved, features, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (64, 64)])
@pytest.mark.parametrize("shift", [(8, 0), (-4, 8)])
def test_a_shifted_target_shifts_the_map(shift: tuple[int, int], size: tuple[int, int]) -> None:
    style, source, target = style_of(size), standing((4, 0), size), standing((4 + shift[0], shift[1]), size)
    merged = run(style, source, target, mix=False, levels=3)
    for moved, features, stride in zip(merged.pyramid, style.pyramid, SPEC.strides, strict=True):
        dx, dy = shift[0] // stride, shift[1] // stride
        expected = torch.zeros_like(features)
        h, w = features.shape[2:]
        expected[..., max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = features[
            ..., max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
        ]
        torch.testing.assert_close(moved, expected.clamp_min(0), atol=1e-4, rtol=1e-4)


def test_beyond_the_edge_a_part_may_repeat_it_but_no_part_stays_nothing() -> None:
    features, affines, masks = random_parts()
    affines = affines + torch.tensor([40.0, 0.0])[:, None] * torch.tensor([0.0, 0.0, 1.0])  # all read beyond the right edge
    layers = part_layers(affines, masks)
    assert not deform(features, layers).any()
    repeated = deform(features[..., -1:].expand_as(features).contiguous(), layers.repeated(), "avg")
    edge = features[..., -1:].expand_as(features)
    covered = masks.any(1, keepdim=True).expand_as(edge)
    assert not repeated[~covered].any() and (repeated[covered] != 0).all()


def test_a_turned_limb_brings_its_own_pixels_in_a_tall_image() -> None:
    """A mark on the source's wrist arrives at the target's wrist: x and y, height and width are not exchanged."""
    source, target = standing(), standing()
    joints = target.joints.clone()
    joints[:, JOINT_NAMES.index("l_elbow")] = torch.tensor([28.0, 12.0])
    joints[:, JOINT_NAMES.index("l_wrist")] = torch.tensor([36.0, 14.0])
    target = target.but(joints=joints)
    mark = torch.zeros(2, 3, *SIZE)
    mark[:, :, 23, 23] = 1
    moved = run(style_of().but(pyramid=(mark,)), source, target, mix=False).pyramid[0]
    peak = moved[0, 0, :, 30:].argmax()
    assert (30 + peak % 18).item() == pytest.approx(36, abs=1) and (peak // 18).item() == pytest.approx(14, abs=1)


def test_a_missing_part_brings_nothing() -> None:
    style, source = style_of(), standing()
    target = without(standing((0, 3)), "r_hip", "r_knee", "r_ankle")
    motion = rigid_motion(source, target)
    kept = motion.present[0].nonzero().flatten().tolist()
    assert [PARTS[i] for i in range(10) if i not in kept] == ["r_thigh", "r_calf"]
    affines, present = part_affines(source.joints, source.visible, target.joints, target.visible, SIZE)
    masks = part_masks(body_parts(target.joints, target.visible, SIZE), SIZE) * present[..., None, None]
    expected = ten_warps(style.pyramid[0], affines[:, kept], masks[:, kept]).amax(1).clamp_min(0)
    torch.testing.assert_close(run(style, source, target, mix=False).pyramid[0], expected, atol=1e-5, rtol=1e-5)


def test_swapping_roles_is_not_inverting() -> None:
    source, target = standing(), without(standing((5, 2)), "l_knee")
    forth, back = rigid_motion(source, target), rigid_motion(target, source)
    thigh = PARTS.index("l_thigh")
    assert not forth.present[0, thigh] and back.present[0, thigh]
    drawn = part_masks(body_parts(source.joints, source.visible, SIZE), SIZE)
    assert torch.equal(part_masks(back.parts, SIZE), drawn)


# ---------------------------------------------------------------- the operator
def test_mix_is_the_convolution_of_the_stack() -> None:
    style, source, target = style_of(), standing(), standing((3, 2))
    operator = Deform(CONTEXT, width=4)
    moved = run(style, source, target, mix=False).pyramid[0]
    expected = operator.fuse[0](torch.cat([moved, operator.poses[0](target.pose)], 1))
    torch.testing.assert_close(operator(style, source, target).pyramid[0], expected)


@pytest.mark.parametrize("options", [{}, {"levels": 3}, {"levels": 2, "aggregation": "avg"}, {"mix": False, "levels": 2}])
def test_shapes_gradients_and_determinism(options: dict[str, object]) -> None:
    style, source, target = style_of(), make_person(SIZE), standing()
    operator = Deform(CONTEXT, width=4, **options).eval()  # type: ignore[arg-type]
    merged, again = operator(style, source, target), operator(style, source, target)
    levels = len(operator.spec.strides)
    assert levels == options.get("levels", 1) == len(merged.fields.flow) == len(merged.fields.visibility)
    for features, other, c, s in zip(merged.pyramid, again.pyramid, operator.spec.channels, operator.spec.strides, strict=True):
        assert features.shape == (2, c, SIZE[0] // s, SIZE[1] // s)
        assert torch.equal(features, other) and torch.isfinite(features).all()
    sum(f.square().sum() for f in merged.pyramid).backward()
    for level in style.pyramid[:levels]:
        assert level.grad is not None and level.grad.abs().sum() > 0
    if options.get("mix", True):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in operator.fuse.parameters())
        assert operator.poses[0][-1].weight.grad.abs().sum() > 0
    else:
        assert not list(operator.parameters())


def test_missing_joints_make_no_nan() -> None:
    style, target = style_of(), standing()
    nobody = without(target, *JOINT_NAMES)
    for pair in ((nobody, target), (target, nobody), (nobody, nobody), (without(target, "neck", "r_hip"), target)):
        merged = run(style, *pair, levels=3)
        for t in (*merged.pyramid, *merged.fields.flow, *merged.fields.visibility):
            assert torch.isfinite(t).all()


def test_the_flow_is_of_the_part_drawn_last() -> None:
    source, target = standing(), standing()
    joints = target.joints.clone()
    joints[:, [3, 4]] += torch.tensor([-4.0, 3.0])  # the right arm comes off its shoulder: forearm shifted, upper arm longer
    target = target.but(joints=joints)
    fields = run(style_of(), source, target, levels=3).fields
    forearm = part_masks(body_parts(target.joints, target.visible, SIZE), SIZE)[0, PARTS.index("r_forearm")].bool()
    flow = fields.flow[0][0, 0][:, forearm]
    torch.testing.assert_close(flow, torch.tensor([[4.0], [-3.0]]).expand_as(flow), atol=1e-3, rtol=1e-3)
    far = fields.flow[0][0, 0, :, 50:, 40:]
    torch.testing.assert_close(far, torch.zeros_like(far), atol=1e-4, rtol=0)
    assert [f.shape[1:] for f in fields.flow] == [(1, 2, SIZE[0] // s, SIZE[1] // s) for s in SPEC.strides]


def test_flow_and_visibility_of_a_shift_at_every_level() -> None:
    fields = run(style_of(), standing(), standing((8, 4)), levels=3).fields
    for flow, visibility, stride in zip(fields.flow, fields.visibility, SPEC.strides, strict=True):
        expected = torch.tensor([-8.0 / stride, -4.0 / stride]).view(1, 1, 2, 1, 1).expand_as(flow)
        torch.testing.assert_close(flow, expected, atol=1e-4, rtol=1e-4)
        x, y = pixel_grid((flow.shape[3], flow.shape[4]), flow)
        inside = ((x >= 8 // stride) & (y >= 4 // stride)).float()
        assert torch.equal(visibility, inside.expand_as(visibility))


def test_a_motion_at_another_size_is_that_of_the_resized_image() -> None:
    source, target, size = make_person(SIZE), make_person(SIZE, seed=4), (32, 24)

    def small(person: Person) -> Person:
        return Person(size=size, joints=scale_joints(person.joints, SIZE, size), visible=person.visible)

    def same(a: PartLayers, b: PartLayers) -> None:
        assert (a.numbers[:, 0] != b.numbers[:, 0]).float().mean() < 0.01
        agreed = (a.numbers[:, 0] == b.numbers[:, 0])[:, None]
        torch.testing.assert_close(a.coordinates[:, 0] * agreed, b.coordinates[:, 0] * agreed, atol=1e-2, rtol=1e-2)

    same(rigid_motion(source, target).at(size), rigid_motion(small(source), small(target)).at(size))


def test_on_figures_the_believed_motion_is_much_nearer_the_truth_than_none() -> None:
    data = construct(catalog(), "dataset", Part(use="figures.people"), CONTEXT)
    pair = data.load("test", *torch.tensor(data.pairs("test")[:16]).T)  # type: ignore[attr-defined]
    fields = run(style_of().but(pyramid=(torch.zeros(16, 3, *SIZE),)), pair.source, pair.target, mix=False).fields
    motion = believed_motion(fields, SIZE)
    assert motion is not None
    figure = pair.visibility * (1 - pair.target.parsing[:, :1])

    def error(flow: Tensor) -> float:
        return (((flow - pair.flow).norm(dim=1, keepdim=True) * figure).sum() / figure.sum()).item()

    assert error(motion) < 0.65 * error(torch.zeros_like(motion))


def test_too_many_levels_are_refused() -> None:
    with pytest.raises(ZooError, match="4 levels, the style encoder gives 3"):
        Deform(CONTEXT, levels=4)
