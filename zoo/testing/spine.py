"""What the parts of the spine promise, from pose to generator: checks that raise a ZooError naming part, promise and found."""

from typing import Any

import torch
from torch import Tensor

from zoo.interfaces import MergesSeveral, MergingOperator, SteppedGenerator
from zoo.ops.sources import together
from zoo.recipes.promises import a_lesson, a_merge, a_style, an_image, finite, kept, shaped
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.testing.bench import REGIONS, Bench
from zoo.testing.holding import expect, reached, repeats
from zoo.testing.people import make_person, make_style
from zoo.types import FeatureSpec, Fields, Merged

CLOSE = 1e-5


def seeded(bench: Bench) -> None:
    """has parameters that are a function of the seed"""
    one, two = ([p.detach() for p in _module(bench).parameters()] for _ in range(2))
    same = len(one) == len(two) and all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    expect(bench, same, "equal parameters from equal seeds", "different ones")


def _module(bench: Bench) -> Any:
    return bench.downstream()[0] if bench.component.kind in ("merge", "generator") else bench.build()


def draws(bench: Bench) -> None:
    """draws its channels at any size, in [0, 1], and nothing for a missing joint"""
    pose = bench.build()
    person = make_person(bench.size, missing=float("nan")).but(edges=torch.rand(2, 1, *bench.size))
    for size in (bench.size, (bench.size[0] // 2, bench.size[1] // 2)):
        maps = kept(bench.name, lambda size=size: pose.draw(person, size), shaped("pose maps", 2, pose.channels, *size))  # type: ignore[misc]
        finite("pose maps", bench.name, maps)
        expect(bench, maps.min() >= 0 and maps.max() <= 1, "pose maps in [0, 1]", f"{maps.min():.3g} to {maps.max():.3g}")
    if "pose.joints" in bench.component.gives:
        _draws_joints(bench, pose)


def _draws_joints(bench: Bench, pose: Any) -> None:
    person = make_person(bench.size)
    maps = pose.draw(person, person.size)
    expect(bench, pose.channels >= JOINTS, "pose.joints: 18 maps of joints come first", f"{pose.channels} maps")
    cells = person.joints.round().long()
    batch, joint = torch.arange(2)[:, None], torch.arange(JOINTS)[None]
    there = maps[batch, joint, cells[..., 1], cells[..., 0]]
    peak = maps[:, :JOINTS].amax((2, 3))
    right = (there >= 0.5 * peak) & (peak > 0)
    expect(bench, right[person.visible].all(), "pose.joints: map j shows joint j", "maps that peak elsewhere")
    expect(bench, (peak[~person.visible] == 0).all(), "pose.joints: a missing joint draws nothing", "a map that is not empty")


def styles(bench: Bench) -> None:
    """hands on the pyramid and the codes of its spec"""
    encoder, source = bench.build(), bench.pair().source
    style = kept(bench.name, lambda: encoder(source), a_style(encoder.spec, 2, bench.size))
    for level in (*style.pyramid, style.codes):
        finite("a style", bench.name, level)
    repeats(bench, style.pyramid[0], lambda: encoder(source).pyramid[0])


def edits(bench: Bench) -> None:
    """leaves a style alone that is edited with itself"""
    encoder, source = bench.build(), bench.pair().source
    source = source.but(parsing=make_person(bench.size).parsing)
    style = encoder(source)
    same = encoder.edit(style, style, [1, 2]).pyramid[0]
    expect(bench, torch.allclose(same, style.pyramid[0], atol=CLOSE, rtol=CLOSE), "the same style again", "another one")


def parses(bench: Bench) -> None:
    """hands on logits of every region"""
    transform, pair = bench.build(), bench.pair()
    shape = shaped("parsing logits", 2, len(vocabulary(REGIONS)), *bench.size)
    logits = kept(bench.name, lambda: transform(pair.source, pair.target), shape)
    finite("parsing logits", bench.name, logits)
    repeats(bench, logits, lambda: transform(pair.source, pair.target))


def merges(bench: Bench) -> None:
    """hands on the pyramid and the codes of its spec, and the fields it gives; of several photos whatever their order"""
    operator, spec = bench.downstream()
    merged = _merged(bench, operator, spec)
    for level in (*merged.pyramid, merged.codes):
        finite("a merged style", bench.name, level)
    given: dict[str, object] = {"fields.flow": merged.fields.flow, "fields.correlation": merged.fields.correlation}
    for fact, value in given.items():
        expect(bench, value or bench.wear or fact not in bench.component.gives, f"to give {fact}", "no such field")
    outermost = bench.catalog.wrapper("merge", bench.wear[-1].use) if bench.wear else bench.component
    several = isinstance(operator, MergesSeveral)
    said, found = (
        f"{'' if x else 'not '}to be a zoo.interfaces.MergesSeveral" for x in ("sources" in outermost.gives, several)
    )
    expect(bench, said == found, f"{said} (gives sources)", found)
    if several:
        _merges_several(bench, operator, spec)


def reads_the_style(bench: Bench) -> None:
    """reads its style, so that the encoder learns"""
    pair = bench.pair()
    operator, spec = bench.downstream()
    style = make_style(spec, pair.source)
    total = torch.stack([level.square().sum() for level in operator(style, pair.source, pair.target).pyramid]).sum()
    if total.requires_grad:
        total.backward()
    expect(bench, any(reached(level) for level in style.pyramid), "gradients for the style", "none")


def _merges_several(bench: Bench, operator: MergesSeveral, spec: FeatureSpec) -> None:
    """Three photos of each person, in two orders."""
    pair = bench.pair()
    first = pair.source
    source = together([first, first.map(lambda t: t.flip(0)), first.but(joints=first.joints / 2)])
    style = make_style(spec, source)
    turned = [x.map(lambda t: t.unflatten(0, (-1, 3)).roll(1, 1).flatten(0, 1)) for x in (style, source)]
    promise = a_merge(operator.spec, len(pair), bench.size)
    one, other = (
        kept(f"{bench.name} of three photos", lambda s=s, p=p: operator(s, p, pair.target), promise)  # type: ignore[misc]
        for s, p in ((style, source), turned)
    )
    for a, b in zip((*one.pyramid, one.codes), (*other.pyramid, other.codes), strict=True):
        same = torch.allclose(a, b, atol=CLOSE, rtol=CLOSE)
        expect(bench, same, "the same of three photos in whatever order", "another result")


def _merged(bench: Bench, operator: MergingOperator, spec: FeatureSpec) -> Merged:
    pair = bench.pair()
    style = make_style(spec, pair.source)
    work = lambda: operator(style, pair.source, pair.target)  # noqa: E731
    merged = kept(bench.name, work, a_merge(operator.spec, 2, bench.size))
    repeats(bench, merged.pyramid[0], lambda: work().pyramid[0])
    return merged


def paints(bench: Bench) -> None:
    """paints images of the right size in [-1, 1], the same each time, and never reads the fields"""
    target = bench.pair().target
    generator, spec = bench.downstream()
    style = make_style(spec, make_person(bench.size))
    merged = Merged(pyramid=style.pyramid, codes=style.codes, noise=_noise(bench))
    with torch.no_grad():
        image = kept(bench.name, lambda: generator(merged, target), an_image(2, bench.size))
        repeats(bench, image, lambda: generator(merged, target))
        poisoned = merged.but(fields=Fields(flow=(torch.full((2, 1, 2, 4, 4), torch.nan),)))
        expect(bench, torch.equal(generator(poisoned, target), image), "never to read merged.fields", "another image")


def teaches(bench: Bench) -> None:
    """where it paints in several steps: says what it expects, where it goes and where it should, and learns by that"""
    target = bench.pair().target
    generator, spec = bench.downstream()
    if not isinstance(generator, SteppedGenerator):
        return
    style = make_style(spec, make_person(bench.size))
    merged, truth = Merged(pyramid=style.pyramid, codes=style.codes, noise=_noise(bench)), _noise(bench).clamp(-1, 1)
    lesson = kept(bench.name, lambda: generator.lesson(merged, target, truth), a_lesson(2, bench.size))
    learns = lesson.velocity.requires_grad or not any(p.requires_grad for p in generator.parameters())
    expect(bench, learns and not lesson.aim.requires_grad, "gradients for the way it goes alone", "others")


def _noise(bench: Bench) -> Tensor:
    return torch.randn(2, 3, *bench.size, generator=torch.Generator().manual_seed(0))
