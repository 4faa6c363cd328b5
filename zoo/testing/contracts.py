"""What each kind of part promises, as checks that raise a ZooError naming part, promise and found."""

import inspect
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Kind
from zoo.interfaces import INTERFACES
from zoo.ops.correlate import correlation
from zoo.recipes.catalog import import_component
from zoo.recipes.options import construct, described, multiple_of, option_fields, options_model
from zoo.recipes.promises import SLACK, a_critics_term, a_term, an_image, finite, kept, photos, shaped
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.testing.bench import REGIONS, SPECS, Bench, small_options
from zoo.testing.holding import Promise, expect, in_half, reached
from zoo.testing.people import PeopleOfNoise, make_pair, make_person, make_style
from zoo.testing.spine import draws, edits, merges, paints, parses, reads_the_style, seeded, styles, teaches
from zoo.types import Fields, Judgement, Lesson, Merged, Outcome, Pair


def of_its_kind(bench: Bench) -> None:
    """is a documented class of its kind, with a summary"""
    factory, kind = import_component(bench.component), INTERFACES[bench.component.wraps or bench.component.kind]
    expect(bench, inspect.isclass(factory) and issubclass(factory, kind), f"a zoo.interfaces.{kind.__name__}", repr(factory))
    expect(bench, factory.__doc__ and factory.__doc__ != kind.__doc__, "a docstring of its own", "none")
    expect(bench, bench.component.summary, "a summary for zoo list", "none")


def says_its_options(bench: Bench) -> None:
    """says what each option means and who asks for it"""
    fields = option_fields(options_model(bench.component, import_component(bench.component)))
    silent = [name for name, field in fields.items() if not (about := described(field)) or not about.text]
    expect(bench, not silent, "Annotated[..., Option(...)] at each option", f"none at {', '.join(silent)}")
    multiple_of(bench.component, bench.part)


def judges(bench: Bench) -> None:
    """is one finite number that trains what it judges"""
    loss = bench.build()
    outcome, made = _outcome(bench)
    value = kept(bench.name, lambda: loss(outcome), a_term)
    finite("a scalar", bench.name, value)
    if not value.requires_grad:  # it judges facts that are not what it knows, and owes nothing
        expect(bench, bench.component.judges and value == 0, "gradients for what it judges", "none")
        return
    value.backward()
    expect(bench, any(reached(t) for t in made) or value == 0, "gradients for what it judges", "none")


def criticises(bench: Bench) -> None:
    """trains its own parameters without touching the model"""
    loss = bench.build()
    outcome, made = _outcome(bench)
    value = kept(bench.name, lambda: loss.critic(outcome), a_critics_term)
    if value is not None:
        finite("a scalar", bench.name, value)
        value.backward()
        expect(bench, not any(reached(t) for t in made), "a critic that detaches the model's side", "gradients for the model")


def _outcome(bench: Bench) -> tuple[Outcome, list[Tensor]]:
    """Everything a loss may read, self-supervised, as every loss accepts it; and what a model would have made of it."""
    pair = make_pair(bench.size)
    pair = pair.but(target=pair.source)
    posed = pair.source.but(pose=torch.rand(2, 18, *bench.size, generator=torch.Generator().manual_seed(0)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        image = torch.rand(2, 3, *bench.size).mul(2).sub(1).requires_grad_()
        logits, query = torch.randn(2, 8, *bench.size, requires_grad=True), torch.randn(2, 6, 6, 4, requires_grad=True)
        velocity = torch.randn(2, 3, *bench.size, requires_grad=True)
        flow = torch.randn(2, 3, 2, bench.size[0] // 4, bench.size[1] // 4, requires_grad=True)
        fields = Fields(
            flow=(flow,), visibility=(torch.rand_like(flow[:, :, :1]),),
            correlation=correlation(query, torch.randn(2, 6, 6, 4), 0.1),
        )  # fmt: skip
    style = make_style(SPECS[0], pair.source)
    merged = Merged(pyramid=style.pyramid, codes=style.codes, fields=fields)
    outcome = Outcome(
        pair=pair, source=posed, target=posed.but(image=None), parsing_logits=logits, style=style, merged=merged, image=image,
        lesson=Lesson(time=torch.rand(2), image=image, velocity=velocity, aim=torch.zeros_like(velocity)),
    )  # fmt: skip
    return outcome.but(back=outcome), [image, logits, query, flow, velocity, *style.pyramid]


def stays_frozen(bench: Bench) -> None:
    """is frozen, and passes gradients to the image"""
    net, image = bench.build(), torch.zeros(2, 3, *bench.size, requires_grad=True)
    expect(bench, not any(p.requires_grad for p in net.parameters()), "frozen parameters", "some that train")
    maps = net(image, net.layers) if bench.component.kind == "features" else {"": net(image)}
    torch.stack([m.sum() for m in maps.values()]).sum().backward()
    expect(bench, image.grad is not None and image.grad.isfinite().all(), "gradients for the image", "none that are finite")


def names_layers(bench: Bench) -> None:
    """hands on the layers it names, with their channels and strides"""
    net = bench.build()
    size = 64, 64
    maps = kept(bench.name, lambda: net(torch.zeros(2, 3, *size), net.layers))
    expect(bench, set(maps) == set(net.layers), f"the layers {', '.join(net.layers)}", ", ".join(maps))
    for name, (channels, stride) in net.layers.items():
        shaped(f"layer {name}", 2, channels, size[0] // stride, size[1] // stride)(bench.name, maps[name])


def detects(bench: Bench) -> None:
    """hands on a heat map of each joint"""
    net = bench.build()
    kept(bench.name, lambda: net(torch.zeros(2, 3, *bench.size)), shaped("heat maps", 2, JOINTS, None, None))
    expect(bench, net.sigma > 0, "the sigma of its Gaussians", str(net.sigma))


def codes(bench: Bench) -> None:
    """leads to a latent and back, frozen, and passes gradients both ways"""
    net = bench.build()
    height, width = (4 * net.stride, 2 * net.stride)
    expect(bench, not any(p.requires_grad for p in net.parameters()), "frozen parameters", "some that train")
    image = torch.zeros(2, 3, height, width, requires_grad=True)
    latent = kept(bench.name, lambda: net.encode(image), shaped("a latent", 2, net.channels, 4, 2))
    decoded = kept(bench.name, lambda: net.decode(latent), an_image(2, (height, width)))
    decoded.sum().backward()
    expect(bench, image.grad is not None and image.grad.isfinite().all(), "gradients for the image", "none that are finite")
    again = kept(bench.name, lambda: net.decode(5 * torch.ones_like(latent).detach()), an_image(2, (height, width)))
    expect(bench, again.detach().abs().amax() <= 1 + SLACK, "images in [-1, 1] of any latent", "others")


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
    expect(bench, taken, f"to be worn by a {kind}", "refusals alone")


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
    expect(bench, isinstance(seen, Judgement), "a zoo.types.Judgement", type(seen).__name__)
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
    expect(bench, isinstance(pair, Pair), "a zoo.types.Pair", type(pair).__name__)
    expect(bench, len(pair) == len(pair.names) == count, f"{count} named pairs", f"{len(pair)} with {len(pair.names)} names")
    expect(bench, pair.source.size == bench.size, f"people of size {bench.size}", str(pair.source.size))
    expect(bench, torch.equal(pair.source.image, again.source.image), "the same pair again", "another one")
    known = {"source.parsing": pair.source.parsing, "true.flow": pair.flow, "target.image": pair.target.image}
    for fact, value in known.items():
        declared = "to give" if fact in gives else "not to give"
        expect(bench, (fact in gives) == (value is not None), f"{declared} {fact}", "it" if value is not None else "none")
    if pair.source.parsing is not None:
        shaped("a parsing", count, len(vocabulary(data.vocabulary)), *bench.size)(bench.name, pair.source.parsing)


def samples(bench: Bench) -> None:
    """is a pure function of the seed and the position, and gives several photos of a person where it says so"""
    several = "sources" in bench.component.gives
    for count in (1, 3) if several else (1,):
        _samples(bench, count)


def _samples(bench: Bench, sources: int) -> None:
    data = PeopleOfNoise(bench.size, REGIONS, len(vocabulary(REGIONS)), poses=1 + sources)
    context = replace(bench.context(), sources=sources)
    with TemporaryDirectory() as folder:
        pairing, other = (construct(bench.catalog, "pairing", bench.part, context) for _ in range(2))
        for one in (pairing, other):
            one.prepare(data, "train", Path(folder))
    whole = pairing.sample(data, "train", seed=1, start=3, count=4)
    expect(bench, isinstance(whole, Pair) and len(whole) == 4, "as many pairs as were asked for", repr(type(whole)))
    later = other.sample(data, "train", seed=1, start=5, count=2)
    photos(sources, pairing.fewest)(bench.name, whole)
    seen = [[person.image for person in (pair.source, *pair.others)] for pair in (whole, later)]
    same = all(torch.equal(a[2:], b) for a, b in zip(*seen, strict=pairing.fewest is None))
    expect(bench, same, "the same pair at the same position", "another one")
    truth = whole.target.image
    leaks = truth is not None and any(torch.equal(a, b) for o in seen[0][1:] for a, b in zip(o, truth, strict=True))
    expect(bench, not leaks, "further photos that are not the target", "the target among them")


EVERYBODY: tuple[Promise, ...] = (of_its_kind, says_its_options)
CONTRACTS: dict[Kind, tuple[Promise, ...]] = {
    "pose": (draws,),
    "style": (seeded, styles, edits, in_half(styles)),
    "parsing": (seeded, parses, in_half(parses)),
    "merge": (seeded, merges, reads_the_style, in_half(reads_the_style)),
    "generator": (seeded, paints, teaches, in_half(paints), in_half(teaches)),
    "wrapper": (wraps,),
    "loss": (seeded, judges, criticises),
    "features": (stays_frozen, names_layers),
    "detector": (stays_frozen, detects),
    "codec": (codes,),
    "parser": (segments,),
    "judge": (scores,),
    "pairing": (samples,),
    "dataset": (loads,),
}
