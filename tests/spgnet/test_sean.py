"""SEAN: the folded form is the direct one, gradients included; properties 2 and 7; what stands in its place."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.spgnet.direct import direct
from zoo.ops.regions import one_hot
from zoo.ops.windows import spread
from zoo_spgnet.generator import SPGBlock
from zoo_spgnet.layout import LabelMasks, Layout, Masks
from zoo_spgnet.sean import SEAN, SPADE, ConditionalConv, ModulatedNorm

REGIONS, WIDTH, CHANNELS, SIZE = 6, 5, 4, (9, 12)


def parsing(kind: str = "hard", batch: int = 3) -> Tensor:
    """Sample 0 shows two regions, sample 1 all but one, the last all."""
    torch.manual_seed(1)
    labels = torch.randint(0, REGIONS, (batch, 18, 24))
    labels[0] %= 2
    labels[1] = labels[1].clamp_max(REGIONS - 2)
    soft = torch.randn(batch, REGIONS, 18, 24).softmax(1)
    return soft if kind == "soft" else one_hot(labels, REGIONS)


def layer(**options: object) -> SEAN:
    torch.manual_seed(0)
    sean = SEAN(CHANNELS, REGIONS, WIDTH, hidden=7, **options).double()  # type: ignore[arg-type]
    nn.init.normal_(sean.theta)
    return sean


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_folded_is_direct_gradients_included(kernel: int, training: bool, kind: str) -> None:
    sean = layer(kernel=kernel).train(training)
    x = torch.randn(3, CHANNELS, *SIZE, dtype=torch.double, requires_grad=True)
    codes = torch.randn(3, REGIONS, WIDTH, dtype=torch.double, requires_grad=True)
    mask = parsing(kind).double().requires_grad_(kind == "soft")
    inputs = [x, codes, *([mask] if kind == "soft" else []), *sean.parameters()]
    wanted = direct(sean, x, Layout(mask, codes))
    found = sean(x, Layout(mask, codes))
    torch.testing.assert_close(found, wanted)
    weight = torch.randn_like(wanted)
    for a, b in zip(*(torch.autograd.grad((y * weight).sum(), inputs) for y in (found, wanted)), strict=True):
        torch.testing.assert_close(a, b)


def test_regions_a_sample_lacks_do_no_work_and_do_not_matter() -> None:
    layout = Layout(parsing()[:1].double(), torch.randn(1, REGIONS, WIDTH, dtype=torch.double))
    x = torch.randn(1, CHANNELS, *SIZE, dtype=torch.double)
    assert layout.at(x).order.tolist() == [[0, 1]]
    other = layout.codes.clone()
    other[:, 2:] = torch.nan
    sean = layer().eval()
    torch.testing.assert_close(sean(x, Layout(layout.parsing, other)), sean(x, layout))


def test_compiled_or_exported_it_is_one_graph_and_the_same() -> None:
    sean, x, mask, codes = (
        layer().eval(),
        torch.randn(3, CHANNELS, *SIZE).double(),
        parsing().double(),
        torch.randn(3, REGIONS, WIDTH),
    )

    class Laid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.sean = sean

        def forward(self, x: Tensor, mask: Tensor, codes: Tensor) -> Tensor:
            return self.sean(x, Layout(mask, codes))

    given = (x, mask, codes.double())
    with torch.no_grad():
        wanted = Laid()(*given)
        torch.testing.assert_close(torch.compile(Laid(), fullgraph=True, backend="eager")(*given), wanted)
        torch.testing.assert_close(torch.export.export(Laid(), given).module()(*given), wanted)


def test_compiled_once_whatever_regions_are_shown() -> None:
    sean, x, codes = layer().float().eval(), torch.randn(3, CHANNELS, *SIZE), torch.randn(3, REGIONS, WIDTH)
    graphs: list[object] = []

    def backend(graph: torch.fx.GraphModule, given: list[Tensor]) -> object:
        graphs.append(graph)
        return graph

    torch.compiler.reset()
    compiled = torch.compile(lambda x, mask: sean(x, Layout(mask, codes)), fullgraph=True, backend=backend)
    with torch.no_grad():
        for mask in (parsing(), one_hot(torch.zeros(3, 18, 24, dtype=torch.long), REGIONS), parsing("soft")):
            torch.testing.assert_close(compiled(x, mask), sean(x, Layout(mask, codes)))
    assert len(graphs) == 1


def test_a_layout_serves_one_forward_pass_and_keeps_each_scale_once() -> None:
    layout = Layout(parsing(), torch.randn(3, REGIONS, WIDTH))
    x = torch.zeros(3, 1, *SIZE)
    assert layout.at(x) is layout.at(x + 1)
    assert layout.at(x) is not layout.at(torch.zeros(3, 1, 18, 24))


def test_modulated_norm_is_batch_norm_then_modulation() -> None:
    torch.manual_seed(0)
    ours, theirs = ModulatedNorm(CHANNELS).double(), nn.BatchNorm2d(CHANNELS, affine=False).double()
    for training in (True, False):
        x = torch.randn(3, CHANNELS, *SIZE, dtype=torch.double, requires_grad=True) * 3 + 1
        modulation = torch.randn(3, 2 * CHANNELS, *SIZE, dtype=torch.double, requires_grad=True)
        gamma, beta = modulation.chunk(2, 1)
        found, wanted = ours.train(training)(x, modulation), theirs.train(training)(x) * gamma + beta
        torch.testing.assert_close(found, wanted)
        torch.testing.assert_close(ours.running_var, theirs.running_var)
        weight = torch.randn_like(found)
        grads = [torch.autograd.grad((y * weight).sum(), [x, modulation], retain_graph=True) for y in (found, wanted)]
        for a, b in zip(*grads, strict=True):
            torch.testing.assert_close(a, b)


def test_modulation_that_is_looked_up_is_the_map_it_makes() -> None:
    torch.manual_seed(0)
    where = torch.randint(7, (3, *SIZE))
    for training in (True, False):
        norm = ModulatedNorm(CHANNELS).double().train(training)
        x = torch.randn(3, CHANNELS, *SIZE, dtype=torch.double, requires_grad=True)
        rows = torch.randn(7, 2 * CHANNELS, 1, 1, dtype=torch.double, requires_grad=True)
        found, wanted = norm(x, rows, where), norm(x, spread(rows, where))
        torch.testing.assert_close(found, wanted)
        weight = torch.randn_like(found)
        grads = [torch.autograd.grad((y * weight).sum(), [x, rows]) for y in (found, wanted)]
        torch.testing.assert_close(*grads)


def test_labels_are_looked_up_and_shares_are_convolved() -> None:
    x, codes = torch.zeros(3, 1, *SIZE), torch.randn(3, REGIONS, WIDTH)
    for mask, kind in ((parsing(), LabelMasks), (parsing("soft"), Masks), (parsing().requires_grad_(), Masks)):
        assert type(Layout(mask, codes).at(x)) is kind


def perturbed(module: nn.Module) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += torch.randn_like(parameter)


def test_property_2_theta_chooses_the_branch() -> None:
    x, codes = torch.randn(3, CHANNELS, *SIZE).double(), torch.randn(3, REGIONS, WIDTH).double()
    layout, other = Layout(parsing().double(), codes), Layout(parsing().double(), codes + 1)
    for theta, blind_to in ((-torch.inf, "semantic"), (torch.inf, "style")):
        sean = layer().eval()
        nn.init.constant_(sean.theta, theta)
        before = sean(x, layout)
        assert torch.equal(sean(x, other), before) == (blind_to == "style")
        for branch, modules in (("semantic", (sean.semantic, sean.modulate)), ("style", (sean.styles, sean.paste))):
            for module in modules:
                perturbed(module)
            assert torch.allclose(sean(x, layout), before) == (blind_to == branch) or branch != blind_to
            before = sean(x, layout)


@pytest.mark.parametrize("kind", [SEAN, SPADE, ConditionalConv])
def test_property_2_zero_branches_leave_the_normalised_input(kind: type[nn.Module]) -> None:
    condition = kind(CHANNELS, REGIONS, WIDTH) if kind is SEAN else kind(CHANNELS, REGIONS)
    for name in ("modulate", "paste", "predict"):
        for parameter in getattr(condition, name, nn.Identity()).parameters():
            nn.init.zeros_(parameter)
    x = 3 * torch.randn(3, CHANNELS, *SIZE) + 1
    found = condition(x, Layout(parsing(), torch.randn(3, REGIONS, WIDTH)))
    torch.testing.assert_close(found, F.batch_norm(x, None, None, training=True))


def test_noise_starts_at_zero_and_acts_in_training_only() -> None:
    sean, layout = layer(noise=True).float(), Layout(parsing(), torch.randn(3, REGIONS, WIDTH))
    x = torch.randn(3, CHANNELS, *SIZE)
    assert torch.equal(sean(x, layout), sean(x, layout))
    nn.init.ones_(sean.noise)
    assert not torch.equal(sean(x, layout), sean(x, layout))
    assert torch.equal(sean.eval()(x, layout), sean(x, layout))


def test_conditional_kernels_follow_the_regions() -> None:
    torch.manual_seed(0)
    condition = ConditionalConv(CHANNELS, REGIONS, kernel=1, hidden=8).eval()
    mask = torch.zeros(1, REGIONS, *SIZE)
    mask[:, 0, :, :6], mask[:, 1, :, 6:] = 1, 1
    x = torch.randn(1, CHANNELS, *SIZE)
    found = condition(x, Layout(mask, torch.zeros(1, REGIONS, 1)))
    n = condition.norm(x)
    for region, columns in ((0, slice(1, 5)), (1, slice(7, 11))):
        at = condition.predict(condition.semantic(mask).relu())[0, :, 0, columns.start].view(CHANNELS, 1, 3, 3)
        whole = n + F.conv2d(n, at, padding=1, groups=CHANNELS)
        torch.testing.assert_close(found[..., 1:-1, columns], whole[..., 1:-1, columns]), region


@pytest.mark.parametrize("spectral", [True, False])
def test_property_7_an_spg_block_keeps_its_shape_and_starts_as_the_identity(spectral: bool) -> None:
    layout, x, h = Layout(parsing(), torch.randn(3, REGIONS, WIDTH)), torch.randn(3, 4, *SIZE), torch.randn(3, 8, *SIZE)
    block = SPGBlock(4, *(SEAN(8, REGIONS, WIDTH, hidden=7) for _ in range(2)), spectral)
    assert block(x, h, layout).shape == x.shape
    if not spectral:  # a spectral norm divides by the largest singular value
        nn.init.zeros_(block.change.weight)
        nn.init.zeros_(block.change.bias)
        assert torch.equal(block(x, h, layout), x)
