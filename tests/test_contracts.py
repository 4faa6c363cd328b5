"""Every installed component honours its contract: it builds from a context, and does what its kind promises."""

import dataclasses

import pytest
import torch

from tests.support import make_pair
from zoo.hookspecs import Component
from zoo.interfaces import (
    Context,
    Dataset,
    FeatureNet,
    Generator,
    Judge,
    Loss,
    MergingOperator,
    Pairing,
    ParsingTransform,
    PersonParser,
    PoseDetector,
    PoseRepresentation,
    StyleEncoder,
)
from zoo.ops.correlate import correlation
from zoo.recipes.catalog import catalog, import_component
from zoo.recipes.options import construct, options_model
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Fields, Merged, Outcome, Style

INTERFACES = {
    "pose": PoseRepresentation, "style": StyleEncoder, "parsing": ParsingTransform, "merge": MergingOperator,
    "generator": Generator, "loss": Loss, "features": FeatureNet, "detector": PoseDetector, "parser": PersonParser,
    "judge": Judge, "pairing": Pairing, "dataset": Dataset,
}  # fmt: skip
SIZE = (48, 32)
SPEC = FeatureSpec(strides=(2, 4), channels=(16, 24), regions=8, code_width=12)
JUDGES_ITS_OWN = {"spgnet.motion", "spgnet.pseudo_motion"}  # fields of one merging operator; others owe nothing
NEEDS_ARGUMENTS = {"datasets.folder", "base.vgg19"}  # a folder, a weights file


def components(*kinds: str) -> list[Component]:
    return [c for kind in kinds or INTERFACES for _, c in (o[0] for o in catalog().components[kind].items.values())]  # type: ignore[index]


def named(component: Component) -> str:
    return component.name


@pytest.fixture(scope="module")
def context() -> Context:
    base = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)
    features = construct(catalog(), "features", Part(use="figures.features"), base)
    detector = construct(catalog(), "detector", Part(use="figures.detector"), base)
    return dataclasses.replace(base, features=features, detector=detector)


def build(component: Component, context: Context):  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    return construct(catalog(), component.kind, Part(use=component.name), context)


def styled(spec: FeatureSpec, batch: int = 2) -> Style:
    grids = [(SIZE[0] // s, SIZE[1] // s) for s in spec.strides]
    pyramid = tuple(torch.randn(batch, c, *g) for c, g in zip(spec.channels, grids, strict=True))
    return Style(
        pyramid=pyramid, codes=torch.randn(batch, spec.regions, spec.code_width), parsing=make_pair(SIZE).source.parsing
    )


@pytest.mark.parametrize("component", components(), ids=named)
def test_component_is_of_its_kind_documented_and_typed(component: Component) -> None:
    factory = import_component(component)
    assert isinstance(factory, type) and issubclass(factory, INTERFACES[component.kind])
    assert component.summary, "zoo list and zoo show print a one-line summary"
    assert factory.__doc__ and factory.__doc__ != INTERFACES[component.kind].__doc__
    options_model(component, factory)


@pytest.mark.parametrize("component", components("pose"), ids=named)
def test_poses_draw_their_channels_in_range(component: Component, context: Context) -> None:
    person = make_pair(SIZE).source
    person = person.but(edges=torch.rand(2, 1, *SIZE))
    pose = build(component, context)
    for size in (SIZE, (SIZE[0] // 2, SIZE[1] // 2)):
        drawn = pose.draw(person, size)
        assert drawn.shape == (2, pose.channels, *size)
        assert drawn.min() >= 0 and drawn.max() <= 1


@pytest.mark.parametrize("component", components("style"), ids=named)
def test_style_is_total_and_matches_its_spec(component: Component, context: Context) -> None:
    pair = make_pair(SIZE)
    encoder = build(component, context).eval()
    style = encoder(pair.source.but(pose=torch.rand(2, 18, *SIZE)))
    spec = encoder.spec
    assert [tuple(p.shape[1:]) for p in style.pyramid] == [
        (c, SIZE[0] // s, SIZE[1] // s) for c, s in zip(spec.channels, spec.strides, strict=True)
    ]
    assert style.codes.shape == (2, spec.regions, spec.code_width)
    unchanged = encoder.edit(style, style, [1, 2])
    torch.testing.assert_close(unchanged.pyramid[0], style.pyramid[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("component", components("merge"), ids=named)
def test_merge_hands_on_what_its_spec_says_and_reads_its_style(component: Component, context: Context) -> None:
    context = dataclasses.replace(context, spec=SPEC)
    operator = build(component, context).eval()
    pair, style = make_pair(SIZE), styled(SPEC)
    parsing = pair.target.parsing if "target.parsing" in component.needs else None
    source, target = (p.but(pose=torch.rand(2, 18, *SIZE)) for p in (pair.source, pair.target.but(image=None, parsing=parsing)))
    style = style.but(pyramid=tuple(p.requires_grad_() for p in style.pyramid))
    merged = operator(style, source, target)
    spec = operator.spec
    assert [tuple(p.shape[1:]) for p in merged.pyramid] == [
        (c, SIZE[0] // s, SIZE[1] // s) for c, s in zip(spec.channels, spec.strides, strict=True)
    ]
    assert merged.codes.shape == (2, spec.regions, spec.code_width)
    merged.pyramid[0].square().sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in style.pyramid)
    assert torch.isfinite(merged.pyramid[0]).all()


@pytest.mark.parametrize("component", components("generator"), ids=named)
def test_generator_paints_the_size_in_range_and_never_reads_fields(component: Component, context: Context) -> None:
    spec = FeatureSpec(strides=(1,), channels=(16,), regions=8, code_width=12) if component.name == "base.show" else SPEC
    generator = build(component, dataclasses.replace(context, spec=spec)).eval()
    style = styled(spec)
    target = make_pair(SIZE).target.but(image=None, pose=torch.rand(2, 18, *SIZE))
    target = target if "target.parsing" in component.needs else target.but(parsing=None)
    merged = Merged(pyramid=tuple(p.clamp(-1, 1) for p in style.pyramid), codes=style.codes)
    image = generator(merged, target)
    assert image.shape == (2, 3, *SIZE) and image.abs().max() <= 1
    poisoned = merged.but(fields=Fields(flow=(torch.full((2, 1, 2, 4, 4), torch.nan),)))
    assert torch.equal(generator(poisoned, target), image)


@pytest.mark.parametrize("component", components("loss"), ids=named)
def test_losses_are_finite_scalars_that_train(component: Component, context: Context) -> None:
    pair = make_pair(SIZE)
    pair = pair.but(target=pair.source)  # self-supervised: what every loss accepts
    loss = build(component, context)
    image = torch.rand(2, 3, *SIZE).mul(2).sub(1).requires_grad_()
    posed = pair.source.but(pose=torch.rand(2, 18, *SIZE))
    logits, query = torch.randn(2, 8, *SIZE, requires_grad=True), torch.randn(2, 6, 6, 4, requires_grad=True)
    field = correlation(query, torch.randn(2, 6, 6, 4), 0.1)
    style = styled(SPEC)
    flow, visibility = torch.randn(2, 3, 2, 12, 8, requires_grad=True), torch.rand(2, 3, 1, 12, 8)
    fields = Fields(flow=(flow,), visibility=(visibility,), correlation=field)
    merged = Merged(pyramid=style.pyramid, codes=style.codes, fields=fields)
    outcome = Outcome(
        pair=pair, source=posed, target=posed.but(image=None), parsing_logits=logits, style=style, merged=merged, image=image
    )
    if "cycle" in component.needs:
        outcome = outcome.but(back=outcome)
    value = loss(outcome)
    assert value.shape == () and torch.isfinite(value)
    if component.name in JUDGES_ITS_OWN:
        assert value == 0
        return
    value.backward()
    assert any(t.grad is not None and t.grad.abs().sum() > 0 for t in (image, logits, query, flow))
    critic = loss.critic(outcome)
    if critic is not None:
        assert critic.shape == () and torch.isfinite(critic)
        image.grad = None
        critic.backward()
        assert image.grad is None, "the critic must detach the model's side"


@pytest.mark.parametrize("component", components("features"), ids=named)
def test_feature_nets_are_frozen_and_pass_gradients(component: Component, context: Context) -> None:
    if component.name in NEEDS_ARGUMENTS:
        pytest.skip("needs a file of the user's")
    net = build(component, context)
    assert not any(p.requires_grad for p in net.parameters())
    image = torch.zeros(1, 3, *SIZE, requires_grad=True)
    maps = net(image, net.layers)
    assert {n: (m.shape[1], SIZE[0] // m.shape[2]) for n, m in maps.items()} == dict(net.layers)
    maps["relu3_1"].sum().backward()
    assert image.grad is not None and torch.isfinite(image.grad).all()


@pytest.mark.parametrize("component", components("detector"), ids=named)
def test_detectors_are_frozen_and_pass_gradients(component: Component, context: Context) -> None:
    net = build(component, context)
    assert not any(p.requires_grad for p in net.parameters()) and net.sigma > 0
    image = torch.zeros(2, 3, *SIZE, requires_grad=True)
    maps = net(image)
    assert maps.shape[:2] == (2, 18) and maps.ndim == 4
    maps.sum().backward()
    assert image.grad is not None and torch.isfinite(image.grad).all() and image.grad.abs().sum() > 0


@pytest.mark.parametrize("component", components("judge"), ids=named)
def test_judges_answer_in_their_vocabulary(component: Component, context: Context) -> None:
    judge = build(component, context)
    judgement = judge(torch.zeros(2, 3, 64, 64))
    assert judgement.joints.shape == (2, 18, 2) and judgement.confidence.shape == (2, 18)
    assert judgement.parsing.shape == (2, len(vocabulary(judge.vocabulary)), 64, 64)
    assert judgement.features.ndim == 2


@pytest.mark.parametrize("component", components("dataset"), ids=named)
def test_datasets_declare_what_they_give_and_load_it(component: Component, context: Context) -> None:
    if component.name in NEEDS_ARGUMENTS:
        pytest.skip("needs a folder of the user's")
    data = build(component, context)
    pairs = data.pairs("test")[:2]
    sources, targets = torch.tensor(pairs).T
    pair, again = data.load("test", sources, targets), data.load("test", sources, targets)
    assert pair.source.size == SIZE and len(pair) == len(pair.names) == 2
    assert torch.equal(pair.source.image, again.source.image)
    given = component.gives
    assert ("source.parsing" in given) == (pair.source.parsing is not None)
    assert ("true.flow" in given) == (pair.flow is not None)
    assert ("target.image" in given) == (pair.target.image is not None)
    if pair.source.parsing is not None:
        assert pair.source.parsing.shape[1] == len(vocabulary(data.vocabulary))


def test_the_judge_is_in_no_loss() -> None:
    for component in components("loss"):
        assert "judge" not in component.needs
