"""What each kind of part promises, as checks that raise a ZooError naming part, promise and found."""

import inspect
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Kind
from zoo.interfaces import INTERFACES
from zoo.ops.correlate import correlation
from zoo.recipes.catalog import import_component
from zoo.recipes.options import described, multiple_of, option_fields, options_model
from zoo.recipes.promises import a_critics_term, a_merge, a_style, a_term, an_image, broken, finite, kept, shaped
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.testing.bench import REGIONS, SPECS, Bench, small_options
from zoo.testing.people import PeopleOfNoise, make_pair, make_person, make_style
from zoo.types import Fields, Judgement, Merged, Outcome, Pair

Promise = Callable[[Bench], None]
CLOSE = 1e-5


def _expect(bench: Bench, kept: object, promised: str, found: str) -> None:
    if not kept:
        raise broken(bench.name, promised, found)


def of_its_kind(bench: Bench) -> None:
    """is a documented class of its kind, with a summary"""
    factory, kind = import_component(bench.component), INTERFACES[bench.component.wraps or bench.component.kind]
    _expect(bench, inspect.isclass(factory) and issubclass(factory, kind), f"a zoo.interfaces.{kind.__name__}", repr(factory))
    _expect(bench, factory.__doc__ and factory.__doc__ != kind.__doc__, "a docstring of its own", "none")
    _expect(bench, bench.component.summary, "a summary for zoo list", "none")


def says_its_options(bench: Bench) -> None:
    """says what each option means and who asks for it"""
    fields = option_fields(options_model(bench.component, import_component(bench.component)))
    silent = [name for name, field in fields.items() if not (about := described(field)) or not about.text]
    _expect(bench, not silent, "Annotated[..., Option(...)] at each option", f"none at {', '.join(silent)}")
    multiple_of(bench.component, bench.part)


def seeded(bench: Bench) -> None:
    """has parameters that are a function of the seed"""
    one, two = ([p.detach() for p in _module(bench).parameters()] for _ in range(2))
    same = len(one) == len(two) and all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    _expect(bench, same, "equal parameters from equal seeds", "different ones")


def _module(bench: Bench) -> Any:
    return bench.downstream()[0] if bench.component.kind in ("merge", "generator") else bench.build()


def draws(bench: Bench) -> None:
    """draws its channels at any size, in [0, 1], and nothing for a missing joint"""
    pose = bench.build()
    person = make_person(bench.size, missing=float("nan")).but(edges=torch.rand(2, 1, *bench.size))
    for size in (bench.size, (bench.size[0] // 2, bench.size[1] // 2)):
        maps = kept(bench.name, lambda size=size: pose.draw(person, size), shaped("pose maps", 2, pose.channels, *size))  # type: ignore[misc]
        finite("pose maps", bench.name, maps)
        _expect(bench, maps.min() >= 0 and maps.max() <= 1, "pose maps in [0, 1]", f"{maps.min():.3g} to {maps.max():.3g}")
    if "pose.joints" in bench.component.gives:
        _draws_joints(bench, pose)


def _draws_joints(bench: Bench, pose: Any) -> None:
    person = make_person(bench.size)
    maps = pose.draw(person, person.size)
    _expect(bench, pose.channels >= JOINTS, "pose.joints: 18 maps of joints come first", f"{pose.channels} maps")
    cells = person.joints.round().long()
    batch, joint = torch.arange(2)[:, None], torch.arange(JOINTS)[None]
    there = maps[batch, joint, cells[..., 1], cells[..., 0]]
    peak = maps[:, :JOINTS].amax((2, 3))
    right = (there >= 0.5 * peak) & (peak > 0)
    _expect(bench, right[person.visible].all(), "pose.joints: map j shows joint j", "maps that peak elsewhere")
    _expect(bench, (peak[~person.visible] == 0).all(), "pose.joints: a missing joint draws nothing", "a map that is not empty")


def styles(bench: Bench) -> None:
    """hands on the pyramid and the codes of its spec"""
    encoder, source = bench.build(), bench.pair().source
    style = kept(bench.name, lambda: encoder(source), a_style(encoder.spec, 2, bench.size))
    for level in (*style.pyramid, style.codes):
        finite("a style", bench.name, level)
    _repeats(bench, style.pyramid[0], lambda: encoder(source).pyramid[0])


def edits(bench: Bench) -> None:
    """leaves a style alone that is edited with itself"""
    encoder, source = bench.build(), bench.pair().source
    source = source.but(parsing=make_person(bench.size).parsing)
    style = encoder(source)
    same = encoder.edit(style, style, [1, 2]).pyramid[0]
    _expect(bench, torch.allclose(same, style.pyramid[0], atol=CLOSE, rtol=CLOSE), "the same style again", "another one")


def parses(bench: Bench) -> None:
    """hands on logits of every region"""
    transform, pair = bench.build(), bench.pair()
    shape = shaped("parsing logits", 2, len(vocabulary(REGIONS)), *bench.size)
    logits = kept(bench.name, lambda: transform(pair.source, pair.target), shape)
    finite("parsing logits", bench.name, logits)
    _repeats(bench, logits, lambda: transform(pair.source, pair.target))


def merges(bench: Bench) -> None:
    """hands on the pyramid and the codes of its spec, and the fields it gives"""
    merged = _merged(bench)
    for level in (*merged.pyramid, merged.codes):
        finite("a merged style", bench.name, level)
    given: dict[str, object] = {"fields.flow": merged.fields.flow, "fields.correlation": merged.fields.correlation}
    for fact, value in given.items():
        _expect(bench, value or bench.wear or fact not in bench.component.gives, f"to give {fact}", "no such field")


def reads_the_style(bench: Bench) -> None:
    """reads its style, so that the encoder learns"""
    pair = bench.pair()
    operator, spec = bench.downstream()
    style = make_style(spec, pair.source)
    total = torch.stack([level.square().sum() for level in operator(style, pair.source, pair.target).pyramid]).sum()
    if total.requires_grad:
        total.backward()
    _expect(bench, any(_reached(level) for level in style.pyramid), "gradients for the style", "none")


def _merged(bench: Bench) -> Merged:
    pair = bench.pair()
    operator, spec = bench.downstream()
    style = make_style(spec, pair.source)
    work = lambda: operator(style, pair.source, pair.target)  # noqa: E731
    merged = kept(bench.name, work, a_merge(operator.spec, 2, bench.size))
    _repeats(bench, merged.pyramid[0], lambda: work().pyramid[0])
    return merged


def paints(bench: Bench) -> None:
    """paints images of the right size in [-1, 1], the same each time, and never reads the fields"""
    target = bench.pair().target
    generator, spec = bench.downstream()
    style = make_style(spec, make_person(bench.size))
    merged = Merged(pyramid=style.pyramid, codes=style.codes)
    with torch.no_grad():
        image = kept(bench.name, lambda: generator(merged, target), an_image(2, bench.size))
        _repeats(bench, image, lambda: generator(merged, target))
        poisoned = merged.but(fields=Fields(flow=(torch.full((2, 1, 2, 4, 4), torch.nan),)))
        _expect(bench, torch.equal(generator(poisoned, target), image), "never to read merged.fields", "another image")


def judges(bench: Bench) -> None:
    """is one finite number that trains what it judges"""
    loss = bench.build()
    outcome, made = _outcome(bench)
    value = kept(bench.name, lambda: loss(outcome), a_term)
    finite("a scalar", bench.name, value)
    if not value.requires_grad:  # it judges facts that are not what it knows, and owes nothing
        _expect(bench, bench.component.judges and value == 0, "gradients for what it judges", "none")
        return
    value.backward()
    _expect(bench, any(_reached(t) for t in made) or value == 0, "gradients for what it judges", "none")


def criticises(bench: Bench) -> None:
    """trains its own parameters without touching the model"""
    loss = bench.build()
    outcome, made = _outcome(bench)
    value = kept(bench.name, lambda: loss.critic(outcome), a_critics_term)
    if value is not None:
        finite("a scalar", bench.name, value)
        value.backward()
        _expect(bench, not any(_reached(t) for t in made), "a critic that detaches the model's side", "gradients for the model")


def _outcome(bench: Bench) -> tuple[Outcome, list[Tensor]]:
    """Everything a loss may read, self-supervised, as every loss accepts it; and what a model would have made of it."""
    pair = make_pair(bench.size)
    pair = pair.but(target=pair.source)
    posed = pair.source.but(pose=torch.rand(2, 18, *bench.size, generator=torch.Generator().manual_seed(0)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        image = torch.rand(2, 3, *bench.size).mul(2).sub(1).requires_grad_()
        logits, query = torch.randn(2, 8, *bench.size, requires_grad=True), torch.randn(2, 6, 6, 4, requires_grad=True)
        flow = torch.randn(2, 3, 2, bench.size[0] // 4, bench.size[1] // 4, requires_grad=True)
        fields = Fields(
            flow=(flow,), visibility=(torch.rand_like(flow[:, :, :1]),),
            correlation=correlation(query, torch.randn(2, 6, 6, 4), 0.1),
        )  # fmt: skip
    style = make_style(SPECS[0], pair.source)
    merged = Merged(pyramid=style.pyramid, codes=style.codes, fields=fields)
    outcome = Outcome(
        pair=pair, source=posed, target=posed.but(image=None), parsing_logits=logits, style=style, merged=merged, image=image
    )
    return outcome.but(back=outcome), [image, logits, query, flow, *style.pyramid]


def stays_frozen(bench: Bench) -> None:
    """is frozen, and passes gradients to the image"""
    net, image = bench.build(), torch.zeros(2, 3, *bench.size, requires_grad=True)
    _expect(bench, not any(p.requires_grad for p in net.parameters()), "frozen parameters", "some that train")
    maps = net(image, net.layers) if bench.component.kind == "features" else {"": net(image)}
    torch.stack([m.sum() for m in maps.values()]).sum().backward()
    _expect(bench, image.grad is not None and image.grad.isfinite().all(), "gradients for the image", "none that are finite")


def names_layers(bench: Bench) -> None:
    """hands on the layers it names, with their channels and strides"""
    net = bench.build()
    size = 64, 64
    maps = kept(bench.name, lambda: net(torch.zeros(2, 3, *size), net.layers))
    _expect(bench, set(maps) == set(net.layers), f"the layers {', '.join(net.layers)}", ", ".join(maps))
    for name, (channels, stride) in net.layers.items():
        shaped(f"layer {name}", 2, channels, size[0] // stride, size[1] // stride)(bench.name, maps[name])


def detects(bench: Bench) -> None:
    """hands on a heat map of each joint"""
    net = bench.build()
    kept(bench.name, lambda: net(torch.zeros(2, 3, *bench.size)), shaped("heat maps", 2, JOINTS, None, None))
    _expect(bench, net.sigma > 0, "the sigma of its Gaussians", str(net.sigma))


def segments(bench: Bench) -> None:
    """hands on logits in its vocabulary"""
    net, person = bench.build(), make_person((64, 64))
    shape = shaped("logits", 2, len(vocabulary(net.vocabulary)), 64, 64)
    kept(bench.name, lambda: net(person.image, person.joints, person.visible), shape)


def wraps(bench: Bench) -> None:
    """keeps the promises of what wears it, or refuses to be worn"""
    kind = bench.component.wraps
    assert kind is not None, "a wrapper says what it wraps"
    wearing = [
        Bench(bench.catalog, bench.catalog.component(kind, name), small_options(bench.catalog).get(name, {}), (bench.part,))
        for name in bench.catalog.components[kind].usable()
    ]
    taken = [worn.name for worn in wearing if _worn(worn, kind)]
    _expect(bench, taken, f"to be worn by a {kind}", "refusals alone")


def _worn(bench: Bench, kind: Kind) -> bool:
    try:
        for promise in CONTRACTS[kind]:
            promise(bench)
    except ZooError as refusal:
        if refusal.exit_code != 2:
            raise
        return False
    return True


def scores(bench: Bench) -> None:
    """answers in its vocabulary"""
    judge, size = bench.build(), (64, 64)
    seen = kept(bench.name, lambda: judge(torch.zeros(2, 3, *size)))
    _expect(bench, isinstance(seen, Judgement), "a zoo.types.Judgement", type(seen).__name__)
    shaped("features", 2, None)(bench.name, seen.features)
    shaped("joints", 2, JOINTS, 2)(bench.name, seen.joints)
    shaped("confidence", 2, JOINTS)(bench.name, seen.confidence)
    shaped("a parsing", 2, len(vocabulary(judge.vocabulary)), *size)(bench.name, seen.parsing)


def loads(bench: Bench) -> None:
    """loads what it declares, a pure function of its arguments"""
    data, gives = bench.build(), bench.component.gives
    sources, targets = torch.tensor(list(data.pairs("test"))[:2]).unbind(1)
    pair, again = data.load("test", sources, targets), data.load("test", sources, targets)
    count = len(sources)
    _expect(bench, isinstance(pair, Pair), "a zoo.types.Pair", type(pair).__name__)
    _expect(bench, len(pair) == len(pair.names) == count, f"{count} named pairs", f"{len(pair)} with {len(pair.names)} names")
    _expect(bench, pair.source.size == bench.size, f"people of size {bench.size}", str(pair.source.size))
    _expect(bench, torch.equal(pair.source.image, again.source.image), "the same pair again", "another one")
    known = {"source.parsing": pair.source.parsing, "true.flow": pair.flow, "target.image": pair.target.image}
    for fact, value in known.items():
        declared = "to give" if fact in gives else "not to give"
        _expect(bench, (fact in gives) == (value is not None), f"{declared} {fact}", "it" if value is not None else "none")
    if pair.source.parsing is not None:
        shaped("a parsing", count, len(vocabulary(data.vocabulary)), *bench.size)(bench.name, pair.source.parsing)


def samples(bench: Bench) -> None:
    """is a pure function of the seed and the position"""
    data = PeopleOfNoise(bench.size, REGIONS, len(vocabulary(REGIONS)))
    with TemporaryDirectory() as folder:
        pairing, other = (bench.build() for _ in range(2))
        for one in (pairing, other):
            one.prepare(data, "train", Path(folder))
    whole = pairing.sample(data, "train", seed=1, start=3, count=4)
    _expect(bench, isinstance(whole, Pair) and len(whole) == 4, "as many pairs as were asked for", repr(type(whole)))
    later = other.sample(data, "train", seed=1, start=5, count=2)
    same = torch.equal(whole.source.image[2:], later.source.image)
    _expect(bench, same, "the same pair at the same position", "another one")


def _repeats(bench: Bench, one: Tensor, again: Callable[[], Tensor]) -> None:
    _expect(bench, torch.equal(one, again()), "the same result again in eval mode", "another one")


def _reached(value: Tensor) -> bool:
    return value.grad is not None and bool(value.grad.abs().sum() > 0)


EVERYBODY: tuple[Promise, ...] = (of_its_kind, says_its_options)
CONTRACTS: dict[Kind, tuple[Promise, ...]] = {
    "pose": (draws,),
    "style": (seeded, styles, edits),
    "parsing": (seeded, parses),
    "merge": (seeded, merges, reads_the_style),
    "generator": (seeded, paints),
    "wrapper": (wraps,),
    "loss": (seeded, judges, criticises),
    "features": (stays_frozen, names_layers),
    "detector": (stays_frozen, detects),
    "parser": (segments,),
    "judge": (scores,),
    "pairing": (samples,),
    "dataset": (loads,),
}
