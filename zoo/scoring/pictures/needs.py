"""What a protocol needs that is not here, told before anything is scored. Imports no torch."""

from collections import Counter
from collections.abc import Iterable, Sequence

from zoo.errors import ZooError, unknown
from zoo.scoring.pictures.document import (
    KINDS,
    FidRule,
    InceptionRule,
    KidRule,
    LpipsRule,
    PckhRule,
    PictureProtocol,
    Rule,
)
from zoo.store.networks import require
from zoo.store.registry import find_network

BACKBONES = {"alex": "alexnet", "vgg": "vgg16"}  # of LPIPS
_SUPPLIES = {
    "joints": "the joints of the targets, --joints CSV",
    "found_joints": "what the detector saw in the outputs, --found-joints CSV",
    "silhouettes": "the silhouettes of the targets, --silhouettes DIR",
    "real": "the training pictures, --real DIR",
}


def networks(rule: Rule) -> tuple[str, ...]:
    """The published networks that a metric looks through."""
    if isinstance(rule, LpipsRule):
        return BACKBONES[rule.net], f"lpips-{rule.net}"
    return (rule.graph,) if isinstance(rule, InceptionRule) else ()


def supplies(rule: Rule) -> tuple[str, ...]:
    """What the user has to give for a metric, beside outputs and targets."""
    if isinstance(rule, PckhRule):
        return "joints", "found_joints"
    real = ("real",) if isinstance(rule, FidRule | KidRule) and rule.real == "train" else ()
    shapes = {"figure": ("joints",), "silhouette": ("silhouettes",)}
    return real + (shapes[rule.view.mask.shape] if rule.view.mask else ())


def without(protocols: Sequence[PictureProtocol], words: Iterable[str]) -> list[PictureProtocol]:
    """The protocols less the metrics that are called so, or are of that kind. ZooError for a word that says nothing.

    A kind that none of them has is no mistake: the same list serves whatever protocols are asked for.
    """
    known = {word for p in protocols for rule in p.metrics for word in (rule.name, rule.use)} | KINDS
    words = set(words)
    for word in sorted(words - known):
        raise unknown("metric", word, known, where="--without")
    return [p.model_copy(update={"metrics": [r for r in p.metrics if not {r.name, r.use} & words]}) for p in protocols]


def require_all(protocols: Sequence[PictureProtocol], given: Iterable[str]) -> None:
    """ZooError with every reason why a metric cannot be had, `given` being what the user gave."""
    empty = [p.name for p in protocols if not p.metrics]
    if empty:
        raise ZooError(f"no metric of {empty[0]} is left", where="--without", fix="leave the protocol out", exit_code=2)
    given, reasons, kinds = set(given), dict[str, str](), dict[str, None]()
    for rule in (rule for p in protocols for rule in p.metrics):
        lacks = [*_absent_networks(rule), *((_SUPPLIES[s], "") for s in supplies(rule) if s not in given)]
        reasons.update(lacks)
        kinds.update({rule.use if not rule.view.mask else rule.name: None} if lacks else {})
    if reasons:
        mends = [fix for fix in reasons.values() if fix]
        raise ZooError(
            f"some metrics lack what they need: {'; '.join(reasons)}",
            where=", ".join(p.name for p in protocols),
            fix="; ".join([*mends, f"or go on with --without {','.join(kinds)}"]),
            exit_code=2,
        )


def refuse_idle(protocols: Sequence[PictureProtocol], given: Iterable[str]) -> None:
    """ZooError for what was given and serves no metric, and for two protocols of one name."""
    asked = {supply for p in protocols for rule in p.metrics for supply in supplies(rule)}
    for name in sorted({*given} - asked):
        option = f"--{name.replace('_', '-')}"
        raise ZooError(f"{option} serves no metric of these protocols", where=option, fix="leave it out", exit_code=2)
    twice = [name for name, count in Counter(p.name for p in protocols).items() if count > 1]
    if twice:
        raise ZooError(f"two protocols are called {twice[0]}", where="--protocol", fix="rename one of them", exit_code=2)


def _absent_networks(rule: Rule) -> list[tuple[str, str]]:
    found = []
    for name in networks(rule):
        try:
            require(find_network(name))
        except ZooError as error:
            found.append((error.what, error.fix))
    return found
