"""Losses: zero where they must be, bounds, gradients on the right side only."""

import dataclasses
from collections.abc import Iterable
from math import log, sqrt

import pytest
import torch
from torch import Tensor, nn

from tests.support import make_pair, make_person
from zoo.errors import ZooError
from zoo.interfaces import Context, FeatureNet, Loss
from zoo.regions import vocabulary
from zoo.store.checkpoint import loss_state
from zoo.types import Outcome
from zoo_base.adversarial import Adversarial
from zoo_base.discriminators import PatchDiscriminator, PatnDiscriminator, ResidualDiscriminator
from zoo_base.losses import L1, L2, CrossEntropy, Perceptual, StyleLoss, gram

SIZE = (32, 48)
LAYERS = {"relu1_2": (6, 1), "relu2_2": (10, 2)}


class TinyFeatures(FeatureNet):
    """Frozen random features under two VGG names."""

    layers = LAYERS

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.kernels = {n: torch.randn(c, 3, 3, 3, generator=generator) * scale for n, (c, _) in LAYERS.items()}

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        return {n: torch.nn.functional.conv2d(image, self.kernels[n], stride=LAYERS[n][1], padding=1).relu() for n in layers}


def context(scale: float = 1.0) -> Context:
    return Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, features=TinyFeatures(scale))


def outcome_of(image: Tensor | None) -> Outcome:
    pair = make_pair(SIZE)
    target = pair.target.but(image=None, parsing=None, pose=torch.rand(2, 18, *SIZE))
    return Outcome(pair=pair, source=pair.source, target=target, image=image)


def true_image() -> Tensor:
    image = make_pair(SIZE).target.image
    assert image is not None
    return image


def other_image(seed: int = 9) -> Tensor:
    image = make_person(SIZE, seed=seed).image
    assert image is not None
    return image.requires_grad_()


STYLE_LAYERS = tuple(LAYERS)
IMAGE_LOSSES = [
    L1(context()),
    L2(context()),
    Perceptual(context()),
    Perceptual(context(), layers=STYLE_LAYERS, norm="l2"),
    StyleLoss(context(), layers=STYLE_LAYERS),
    StyleLoss(context(), layers=STYLE_LAYERS, unit_norm=False),
]


@pytest.mark.parametrize("loss", IMAGE_LOSSES, ids=lambda x: type(x).__name__)
def test_zero_for_the_true_image_and_positive_with_gradients_otherwise(loss: Loss) -> None:
    assert loss(outcome_of(true_image())) == 0
    assert loss.critic(outcome_of(true_image())) is None
    image = other_image()
    value = loss(outcome_of(image))
    assert value.shape == () and value > 0
    value.backward()
    assert image.grad is not None and torch.isfinite(image.grad).all() and image.grad.abs().sum() > 0


@pytest.mark.parametrize("loss", [*IMAGE_LOSSES, Adversarial(context(), width=4)], ids=lambda x: type(x).__name__)
def test_a_phase_without_an_image_is_told_so(loss: Loss) -> None:
    with pytest.raises(ZooError, match="stops before it"):
        loss(outcome_of(None))


def test_pixel_losses_are_means_over_everything() -> None:
    shifted = true_image() + 0.5
    assert L1(context())(outcome_of(shifted)).item() == pytest.approx(0.5)
    assert L2(context())(outcome_of(shifted)).item() == pytest.approx(0.25)


def test_feature_losses_are_means_over_elements_and_sums_over_layers() -> None:
    fake, real, net = other_image(), true_image(), context().feature_net
    apart = [(net(fake, [layer])[layer], net(real, [layer])[layer]) for layer in STYLE_LAYERS]
    expected = {
        Perceptual(context(), layers=STYLE_LAYERS): sum((a - b).abs().mean() for a, b in apart),
        Perceptual(context(), layers=STYLE_LAYERS, norm="l2"): sum((a - b).square().mean() for a, b in apart),
        StyleLoss(context(), layers=STYLE_LAYERS, unit_norm=False): sum((gram(a) - gram(b)).abs().mean() for a, b in apart),
    }
    for loss, value in expected.items():
        torch.testing.assert_close(loss(outcome_of(fake)), value)


def test_the_frozen_net_moves_with_its_losses() -> None:
    shared = context()
    assert shared.feature_net in set(Perceptual(shared).modules()) & set(StyleLoss(shared).modules())


def test_style_ignores_the_scale_of_features_and_stays_below_its_bound() -> None:
    image = other_image()
    one, two = (StyleLoss(context(s), layers=STYLE_LAYERS)(outcome_of(image)) for s in (1.0, 30.0))
    torch.testing.assert_close(one, two)
    assert one <= sqrt(2) * sum(1 / c for c, _ in LAYERS.values())


def test_gram_of_empty_features_is_zero_with_finite_gradients() -> None:
    features = torch.zeros(2, 3, 4, 4, requires_grad=True)
    matrix = gram(features, unit_norm=True)
    matrix.sum().backward()
    assert matrix.abs().max() == 0 and features.grad is not None and torch.isfinite(features.grad).all()


def test_gram_divides_by_every_element_and_by_its_norm() -> None:
    features = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(gram(features)[1, 0, 2], (features[1, 0] * features[1, 2]).sum() / 60)
    torch.testing.assert_close(torch.linalg.matrix_norm(gram(features, unit_norm=True)), torch.ones(2))


class Says(torch.nn.Module):
    """A discriminator with one answer."""

    def __init__(self, answer: float) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, x: Tensor) -> Tensor:
        return torch.full_like(x[:, :1], self.answer)


def test_lsgan_constants() -> None:
    loss, outcome = Adversarial(context(), width=4), outcome_of(other_image())
    for answer, generator_side, critic_side in ((1.0, 0.0, 0.5), (0.0, 0.5, 0.5), (0.5, 0.125, 0.25)):
        loss.discriminator = Says(answer)  # type: ignore[assignment]
        assert loss(outcome).item() == pytest.approx(generator_side)
        assert loss.critic(outcome).item() == pytest.approx(critic_side)


def test_nsgan_is_cross_entropy_on_logits() -> None:
    loss, outcome = Adversarial(context(), gan="nsgan", width=4), outcome_of(other_image())
    loss.discriminator = Says(0.0)  # type: ignore[assignment]
    assert loss(outcome).item() == pytest.approx(0.5 * 0.6931, abs=1e-4)
    assert loss.critic(outcome).item() == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize("conditional", ["none", "pose", "source", "source+pose"])
@pytest.mark.parametrize("discriminator", ["patn", "patch", "residual"])
def test_gradients_reach_the_image_from_the_model_side_only(conditional: str, discriminator: str) -> None:
    loss = Adversarial(context(), conditional=conditional, discriminator=discriminator, width=4)  # type: ignore[arg-type]
    image = other_image()
    loss(outcome_of(image)).backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    image.grad = None
    loss.zero_grad()
    loss.critic(outcome_of(image)).backward()
    assert image.grad is None
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in loss.parameters())


def test_a_critic_step_tells_real_from_fake_better() -> None:
    torch.manual_seed(0)
    loss, outcome = Adversarial(context(), discriminator="patch", width=8), outcome_of(torch.zeros(2, 3, *SIZE))
    optimiser = torch.optim.Adam(loss.parameters(), lr=1e-3)
    before = loss.critic(outcome).item()
    for _ in range(10):
        optimiser.zero_grad()
        loss.critic(outcome).backward()
        optimiser.step()
    assert loss.critic(outcome).item() < before


def test_a_discriminator_sees_the_targets_pose_and_the_sources_photo() -> None:
    loss, outcome = Adversarial(context(), conditional="source+pose", width=4).eval(), outcome_of(other_image())
    source = outcome.source.but(pose=torch.rand(2, 18, *SIZE))
    outcome = outcome.but(source=source)
    other_pose, other_photo = torch.rand(2, 18, *SIZE), torch.rand(2, 3, *SIZE)
    assert loss(outcome.but(target=outcome.target.but(pose=other_pose))) != loss(outcome)
    assert loss(outcome.but(source=source.but(pose=other_pose))) == loss(outcome)
    assert loss(outcome.but(source=source.but(image=other_photo))) != loss(outcome)


def test_a_discriminator_may_see_the_joints_alone() -> None:
    wide = dataclasses.replace(context(), pose_channels=30)
    sees = {limbs: Adversarial(wide, conditional="source+pose", discriminator="patch", limbs=limbs) for limbs in (True, False)}
    assert {limbs: loss.discriminator[0][0].in_channels for limbs, loss in sees.items()} == {True: 36, False: 24}
    outcome = outcome_of(other_image())
    outcome = outcome.but(target=outcome.target.but(pose=torch.rand(2, 30, *SIZE)))
    assert all(loss(outcome).isfinite() for loss in sees.values())


def test_cross_entropy_is_the_mean_of_minus_log_p_of_the_true_region() -> None:
    outcome, loss = outcome_of(other_image()), CrossEntropy(context())
    truth = outcome.pair.target.parsing
    assert truth is not None
    assert float(loss(outcome.but(parsing_logits=torch.zeros_like(truth)))) == pytest.approx(log(8))
    assert float(loss(outcome.but(parsing_logits=50 * truth))) == pytest.approx(0, abs=1e-6)
    assert float(loss(outcome.but(parsing_logits=1e4 - 1e4 * truth))) == pytest.approx(1e4, rel=1e-3)  # finite
    with pytest.raises(ZooError, match="no parsing is predicted"):
        loss(outcome)


def test_discriminator_layouts() -> None:
    assert PatnDiscriminator(21, width=4)(torch.rand(2, 21, 32, 48)).shape == (2, 16, 8, 12)  # a quarter, no 1-channel head
    assert not any(isinstance(m, nn.InstanceNorm2d) for m in PatchDiscriminator(3, width=2, norm="batch").modules())
    assert PatchDiscriminator(3, width=2)(torch.rand(1, 3, 256, 256)).shape == (1, 1, 30, 30)
    assert ResidualDiscriminator(3, width=4)(torch.rand(2, 3, 64, 32)).shape == (2, 1, 4, 2)
    widths = [block.body[3].weight.shape[0] for block in list(ResidualDiscriminator(3, 32, 4))[:4]]  # type: ignore[union-attr, index]
    assert widths == [32, 64, 128, 128]


def test_spectral_norm_bounds_every_layer_and_its_state_is_kept() -> None:
    net = ResidualDiscriminator(3, width=4, blocks=2)
    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.parametrizations.weight.original.data *= 9  # type: ignore[union-attr, operator]
    for _ in range(60):
        net(torch.rand(1, 3, 16, 16))
    norms = [torch.linalg.matrix_norm(m.weight.flatten(1), 2) for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    torch.testing.assert_close(torch.stack(norms), torch.ones(len(norms)), atol=1e-3, rtol=0)
    loss = Adversarial(context(), discriminator="residual", width=4)
    assert sum(name.endswith(("_u", "_v")) for name in loss_state(loss)) == 2 * (3 * 3 + 1)
