"""Sizes paper and market against the paper's numbers, and where it prints none against GFLA's."""

import torch
from torch.nn import functional as F

from tests.support import make_pair, unworn
from zoo.interfaces import Context
from zoo.model import Kit, Model, build_losses, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Recipe
from zoo.regions import vocabulary
from zoo.store.registry import registry
from zoo_base.discriminators import ResBlockEncoder
from zoo_base.flownet import FlowNet


def chosen(size: str, variant: str = "full") -> Recipe:
    return load_recipe(catalog().recipes["partflow"], size=size, variant=variant)


def built(recipe: Recipe, size: tuple[int, int]) -> tuple[Model, Context]:
    context = Context(size=size, regions=vocabulary(recipe.regions))
    return build_model(recipe, context, recipe.regions, catalog()).eval(), context


def test_gflas_jump_is_activated_and_reflects_at_the_border() -> None:
    torch.manual_seed(0)
    net, x = FlowNet(3, width=4, cap=8, scales=2, strides=(1,), jump="activated"), torch.randn(1, 3, 8, 4)
    coarse = net.down[0](x)
    deepest = net.down[1](coarse)
    y = deepest
    for up, jump, passed in zip(net.up, net.jump, (coarse, x), strict=True):
        activated = torch.where(passed > 0, passed, 0.1 * passed)
        around = F.pad(activated, (1, 1, 1, 1), mode="reflect")
        y = up(y) + F.conv2d(around, jump[1].weight, jump[1].bias)
    torch.nn.init.normal_(net.flow[0].weight)
    torch.testing.assert_close(net(x)[0][0], net.flow[0](y))


def test_paper_and_market_jump_as_gfla_does_and_small_as_its_records_did() -> None:
    for size, kind in (("paper", torch.nn.Sequential), ("market", torch.nn.Sequential), ("small", torch.nn.Conv2d)):
        model, _ = built(chosen(size), (64, 64))
        assert all(isinstance(jump, kind) for net in unworn(model.merge).flow_nets for jump in net.jump)


def test_the_critic_is_gflas_with_four_halvings_or_three() -> None:
    for size, image, widths, scores in (
        ("paper", (256, 256), [32, 64, 128, 128], (16, 16)),
        ("market", (128, 64), [32, 64, 128], (16, 8)),
    ):
        recipe = chosen(size)
        context = Context(size=image, regions=vocabulary("scm8"))
        only = recipe.model_copy(update={"losses": {"adversarial": recipe.losses["adversarial"]}})
        with torch.device("meta"):
            kit = Kit(build_model(recipe, context, "scm8", catalog()), None, context, None)  # type: ignore[arg-type]
            critic = build_losses(only, kit, catalog())["adversarial"].discriminator
            blocks = [block for block in critic if isinstance(block, ResBlockEncoder)]
            inner = [32, *widths[:-1]]  # GFLA: of the first block as wide as it hands on, then as wide as it was handed
            assert [b.body[1].weight.shape[0] for b in blocks] == inner
            assert [b.body[3].weight.shape[0] for b in blocks] == widths
            assert critic(torch.empty(1, 3, *image)).shape == (1, 1, *scores)


def test_market_works_at_32_by_16() -> None:
    recipe = chosen("market")
    model, _ = built(recipe, (128, 64))
    pair = make_pair((128, 64), batch=1, regions=8)
    with torch.inference_mode():
        outcome = model(pair)
        nose = torch.zeros_like(pair.target.joints)
        nose[0, 0] = torch.tensor([20.0, 30.0])
        drawn = model.pose.draw(pair.target.but(joints=nose, visible=torch.ones_like(pair.target.visible)), (128, 64))
    assert outcome.image.shape == (1, 3, 128, 64) and outcome.merged.pyramid[0].shape == (1, 256, 32, 16)
    assert outcome.merged.fields.flow[0].shape == (1, 3, 2, 32, 16)
    assert len(model.merge.flow_nets[0].down) == 5, "down to 4x2"
    torch.testing.assert_close(drawn[0, 0, 30, 20 - 6], torch.tensor(-0.5).exp())  # GFLA: sigma is 6 px here as well


def test_rates_weights_and_windows_are_the_printed_ones() -> None:
    for size in ("paper", "market"):
        recipe = chosen(size)
        assert [(p.lr, p.betas, p.schedule) for p in recipe.phases] == [(1e-3, (0.0, 0.99), "constant")] * 2
        weights = {n: t.weight for n, t in recipe.losses.items()}
        gflas = {"flow_sampling": 20.0, "sampling": 5.0, "rec": 5.0, "adversarial": 4.0, "perceptual": 0.5, "style": 500.0}
        assert gflas.items() <= weights.items() and weights["affine"] == 0 == recipe.ema, "a loss halves, so 4 is GFLA's 2"
    with_affine = chosen("market", "affine")
    assert with_affine.losses["affine"].options["windows"] == [3] and with_affine.losses["affine"].weight == 0.0025


def test_the_user_study_is_quoted() -> None:
    rows = {(r.dataset, r.method): r.metrics for r in registry().published if (r.paper, r.table) == ("partflow", "Table 2")}
    assert len(rows) == 10
    assert rows["Market-1501", "PartFlow"] == {"g2r": 50.0, "prefer": 41.45}
    assert rows["DeepFashion", "PartFlow"] == {"g2r": 43.83, "prefer": 66.45}
    assert rows["DeepFashion", "VU-Net"] == {"prefer": 1.0}, "nobody was asked whether its pictures are real"
    for dataset in ("Market-1501", "DeepFashion"):
        votes = sum(metrics["prefer"] for (where, _), metrics in rows.items() if where == dataset)
        assert abs(votes - 100) < 1.2, "printed sums are 100.0 and 101.1"
