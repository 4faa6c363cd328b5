"""The ten acceptance properties of partflow, on small tensors."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import zoo_partflow
from tests.partflow.parts import CONTEXT, SIZE, drawn, encoder, operator, outcome_of, standing
from tests.support import bare
from zoo.model import Model, build, build_losses
from zoo.ops.boxes import box_masks, part_boxes
from zoo.ops.warp import pixel_grid, warp
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import load_track
from zoo.skeleton import JOINT_GROUPS
from zoo.training.optimisation import spans
from zoo.training.plan import Plan, start_accelerator
from zoo.training.stage import Stage
from zoo.types import Fields
from zoo_base.flow_losses import FLOOR, AffineRegularisation, SamplingCorrectness, sampling_errors, sampling_loss
from zoo_partflow.blocks import HybridDilated, NonLocal, PyramidNonLocal
from zoo_partflow.merge import select

RECIPE = Path(zoo_partflow.__file__).parent / "recipes" / "partflow.toml"


class Motion(torch.nn.Module):
    """A flow net with one flow (dx, dy) and one visibility."""

    def __init__(self, dx: float, dy: float, visibility: float, stride: int = 4) -> None:
        super().__init__()
        self.motion, self.sight, self.stride = (dx, dy), visibility, stride

    def forward(self, x: Tensor) -> tuple[tuple[Tensor], tuple[Tensor]]:
        h, w = x.shape[2] // self.stride, x.shape[3] // self.stride
        flow = x.new_tensor(self.motion).view(1, 2, 1, 1).expand(len(x), 2, h, w)
        return (flow,), (x.new_full((len(x), 1, h, w), self.sight),)


def moved_maps(motion: Motion) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """What reaches the dilated blocks: the parts moved and selected, their pose features, and the source part features."""
    enc, merge = encoder(), operator()
    merge.flow_nets = torch.nn.ModuleList([motion] * 3)
    seen: list[Tensor] = []
    for block in merge.fusions[0].dilated:
        block.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    source, target = drawn(standing()), drawn(standing(seed=1))
    style = enc(source)
    merge(style, source, target)
    poses = [encode(target.pose[:, ids])[0] for encode, ids in zip(merge.local_poses, merge.joints, strict=True)]
    return seen, poses, style.pyramid[0]


# ---------------------------------------------------------------- 1, 2: warping and selecting
@pytest.mark.parametrize("visibility", [1.0, 0.0, 0.5])
def test_property_1_visibility_chooses_between_the_source_and_the_pose(visibility):
    seen, poses, source = moved_maps(Motion(0, 0, visibility))
    assert len(seen) == 3
    for found, pose, part in zip(seen, poses, source.chunk(3, 1), strict=True):
        wanted = {1.0: part, 0.0: pose, 0.5: (part + pose) / 2}[visibility]
        torch.testing.assert_close(found, wanted, rtol=0, atol=0 if visibility != 0.5 else 1e-6)
    assert torch.equal(select(torch.ones(1, 2, 3, 3), torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 3, 3)), torch.ones(1, 2, 3, 3))


def test_property_2_an_integer_flow_shifts_and_the_border_repeats():
    seen, _, source = moved_maps(Motion(2, 0, 1.0))
    for found, part in zip(seen, source.chunk(3, 1), strict=True):
        assert torch.equal(found[..., :-2], part[..., 2:])
        assert torch.equal(found[..., -2:], part[..., -1:].expand(-1, -1, -1, 2))


# ---------------------------------------------------------------- 3, 4, 5: the losses on flows
def test_property_3_sampling_is_e_to_minus_one_at_the_true_flow_and_more_at_zero():
    source, flow = torch.randn(2, 3, 8, 12, 10), torch.tensor([2.0, 1.0]).view(1, 1, 2, 1, 1).expand(2, 3, 2, 12, 10)
    target = warp(source[:, 0], flow[:, 0], "border")
    same = source[:, :1].expand(-1, 3, -1, -1, -1)
    errors = sampling_errors(same, target, flow)
    torch.testing.assert_close(errors, torch.full_like(errors, math.exp(-1)), atol=1e-6, rtol=0)
    assert sampling_loss(errors, torch.ones_like(errors)).abs() < 1e-5
    still = sampling_errors(same, target, torch.zeros_like(flow))
    assert (still[..., 2:-2, 2:-3] > FLOOR).all()
    torch.testing.assert_close(sampling_errors(5 * same, 0.1 * target, flow), errors)


def test_property_4_the_mask_and_not_the_visibility_takes_part_in_sampling():
    flow, visibility = (torch.randn(2, 3, n, 16, 8, requires_grad=True) for n in (2, 1))
    outcome = outcome_of(Fields(flow=(flow,), visibility=(visibility,)))
    loss = SamplingCorrectness(CONTEXT, groups="overlap")
    of_flow, of_visibility = torch.autograd.grad(loss(outcome), [flow, visibility], allow_unused=True)
    target = outcome.pair.target
    masks = F.interpolate(box_masks(part_boxes(target.joints, target.visible, SIZE), SIZE), (16, 8), mode="nearest-exact")
    assert of_visibility is None
    assert (of_flow.abs().sum(2)[masks == 0] == 0).all() and of_flow.abs().sum(2)[masks == 1].sum() > 0
    nobody = target.but(visible=torch.zeros_like(target.visible))
    nothing = loss(outcome.but(pair=outcome.pair.but(target=nobody)))
    assert nothing == 0 and (torch.autograd.grad(nothing, flow)[0] == 0).all()


@pytest.mark.parametrize(("window", "noise"), [(5, 44.0), (3, 12.0)])
def test_property_5_affine_flows_are_free(window, noise):
    grid = pixel_grid((20, 30), torch.zeros((), dtype=torch.float64))
    turn = torch.tensor([[0.2, -0.7], [0.4, 0.1]], dtype=torch.float64)
    affine = (torch.einsum("ij,jhw->ihw", turn, grid) + 3)[None, None]
    loss = AffineRegularisation(CONTEXT, windows=(window,))
    assert loss(outcome_of(Fields(flow=(affine,)))) < 1e-10
    assert loss(outcome_of(Fields(flow=(affine + 0.1 * grid.square(),)))) > 1e-3
    found = loss(outcome_of(Fields(flow=(torch.randn(4, 1, 2, 90, 90),))))
    torch.testing.assert_close(found, torch.tensor(noise), rtol=0.03, atol=0)


# ---------------------------------------------------------------- 6, 7: parts
@pytest.mark.parametrize("groups", ["overlap", "disjoint"])
def test_property_6_groups_cover_the_body_and_a_leg_moves_no_head(groups):
    assert {j for ids in JOINT_GROUPS[groups].values() for j in ids} == set(range(18))
    merge, enc = operator(groups=groups), encoder(groups=groups)
    for net in merge.flow_nets:
        torch.nn.init.normal_(net.flow[0].weight)
    source, target = standing(), standing(seed=1)
    knee = torch.zeros(1, 18, 1)
    knee[:, 9] = 6.0
    flows = []
    for person in (target, target.but(joints=target.joints + knee)):
        merged = merge(enc(drawn(source)), drawn(source), drawn(person))
        flows.append(merged.fields.flow[0])
    head, torso, leg = (a.sub(b).abs().sum() for a, b in zip(flows[0].unbind(1), flows[1].unbind(1), strict=True))
    assert head == 0 and torso == 0 and leg > 0


def test_property_7_a_part_image_is_the_photo_in_its_box_and_nothing_else():
    person = standing()
    pictures = encoder().part_images(person)
    boxes = part_boxes(person.joints, person.visible, SIZE)
    x, y = pixel_grid(SIZE, boxes)
    for k in range(3):
        left, top, right, bottom = boxes[:, k, :, None, None].unbind(1)
        inside = ((x >= left) & (x <= right) & (y >= top) & (y <= bottom))[:, None].expand(-1, 3, -1, -1)
        assert inside.any() and not inside.all()
        assert torch.equal(pictures[:, k][inside], person.image[inside])
        assert (pictures[:, k][~inside] == 0).all()
    blind = person.but(visible=torch.zeros_like(person.visible), joints=torch.full_like(person.joints, torch.nan))
    assert (encoder().part_images(blind) == 0).all()
    merged = operator()(encoder()(drawn(blind)), drawn(blind), drawn(standing(seed=1)))
    assert merged.pyramid[0].isfinite().all()
    assert torch.equal(encoder(crop="full").part_images(person)[:, 2], person.image)


# ---------------------------------------------------------------- 8: the blocks
def test_property_8_the_dilated_block_sees_seven_by_seven():
    block = HybridDilated(3, norm="none").double()
    x = torch.randn(1, 3, 15, 15, dtype=torch.float64, requires_grad=True)
    (reach,) = torch.autograd.grad(block(x)[..., 7, 7].sum(), x)
    touched = (reach.abs().sum(1)[0] > 0).nonzero()
    assert touched.min(0).values.tolist() == [4, 4] and touched.max(0).values.tolist() == [10, 10]


def test_property_8_the_pyramid_block_starts_as_the_identity_and_its_rows_sum_to_one():
    block = PyramidNonLocal(6)
    x = torch.randn(2, 6, 16, 12)
    y, relations = block(x)
    assert torch.equal(y, x)
    assert [tuple(r.shape) for r in relations] == [(2, 16, 16), (2, 36, 36)]
    for relation in relations:
        assert relation.min() >= 0
        torch.testing.assert_close(relation.sum(2), torch.ones(2, relation.shape[1]))
    torch.nn.init.normal_(block.out.weight)
    assert not torch.allclose(block(x)[0], x)


def test_property_8_the_non_local_step_commutes_with_exchanging_cells():
    step = NonLocal(6)
    torch.nn.init.normal_(step.out.weight)
    y = torch.randn(2, 6, 4, 4)
    order = torch.arange(16)
    order[[3, 11]] = order[[11, 3]]
    exchanged = y.flatten(2)[..., order].unflatten(2, (4, 4))
    (z, relation), (z_exchanged, relation_exchanged) = step(y), step(exchanged)
    torch.testing.assert_close(z_exchanged, z.flatten(2)[..., order].unflatten(2, (4, 4)))
    torch.testing.assert_close(relation_exchanged, relation[:, order][:, :, order])
    assert not torch.allclose(z, y)


# ---------------------------------------------------------------- 9, 10: the recipe
def small(variant: str = "full", *changes: str):
    """The small recipe on its track, its people few, its flow phase and its main phase."""
    track = load_track(catalog().tracks["figures-64"])
    few = {"train_people": 2, "val_people": 2, "test_people": 2, "val_pairs": 2, "test_pairs": 2}
    dataset = track.dataset.model_copy(update={"options": few})
    recipe = load_recipe(RECIPE, size="small", variant=variant, changes=changes)
    return recipe, build(recipe, track.model_copy(update={"dataset": dataset}), catalog())


def parameters(model: Model) -> int:
    return sum(model.parameter_count().values())


def test_property_9_every_ablation_runs_and_is_smaller():
    _, full = small()
    pair = full.data.load("test", *torch.tensor(full.data.pairs("test")[:2]).T)
    for variant in ("wo-pnb", "wo-hdcb", "wo-part"):
        _, kit = small(variant)
        with torch.no_grad():
            assert kit.model.eval()(pair).image.shape == (2, 3, 64, 64)
        assert parameters(kit.model) < parameters(full.model), variant


def stages(*changes: str) -> tuple[list[Stage], object]:
    """The stages of a run, with the flow heads woken so that every gradient can flow."""
    recipe, kit = small("full", *changes)
    losses, accelerator = build_losses(recipe, kit, catalog()), start_accelerator(Plan(Path(), steps=40, batch=1))
    return [Stage(span, recipe, kit.model, losses, accelerator) for span in spans(recipe.phases, 40)], kit


def test_property_10_stage_one_updates_flow_nets_only_and_stage_two_everything():
    (flow, main), kit = stages()
    pair = kit.data.load("train", torch.tensor([0]), torch.tensor([3]))
    before = {n: p.clone() for n, p in kit.model.named_parameters()}
    flow.step(pair, 0)
    flow.step(pair, 1)
    changed = {n for n, p in kit.model.named_parameters() if not torch.equal(p, before[n])}
    assert changed and all(bare(n).startswith("merge.flow_nets.") and ".visibility." not in n for n in changed)
    for step in range(4):  # what lies behind a layer that starts at zero learns a step after it
        main.step(pair, flow.span.end + step)
    still = {n for n, p in kit.model.named_parameters() if torch.equal(p, before[n])}
    assert not still


def test_property_10_twenty_steps_on_one_pair_lower_the_reconstruction_loss():
    (_, main), kit = stages("phases.main.schedule=constant")
    pair = kit.data.load("train", torch.tensor([0]), torch.tensor([3]))
    losses = [main.step(pair, main.span.begin)["rec"].item() for _ in range(20)]
    assert losses[-1] < 0.6 * losses[0]
