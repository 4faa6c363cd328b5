"""Which kinds of part a new plugin may begin with, in words, and why not with the others."""

from collections.abc import Mapping

from zoo.errors import ZooError, unknown
from zoo.hookspecs import Kind

WORDS: Mapping[Kind, str] = {
    "pose": "pose representation", "style": "style encoder", "parsing": "parsing transform", "merge": "merging operator",
    "generator": "generator", "wrapper": "wrapper", "loss": "loss", "features": "feature net", "pairing": "pairing",
    "dataset": "data set",
}  # fmt: skip
_TRAINED = "nothing without weights, which are trained apart from any recipe"
NOT_WRITTEN: Mapping[Kind, str] = {
    "detector": f"a frozen net: {_TRAINED}",
    "codec": f"a frozen net: {_TRAINED}",
    "parser": f"a frozen net: {_TRAINED}",
    "judge": f"what scores are computed with: {_TRAINED}, and rows of two judges are never ranked together",
}


def known_kind(name: str) -> Kind:
    """The kind of that name; ZooError for one that no new plugin begins with."""
    for kind, reason in NOT_WRITTEN.items():
        if kind == name:
            fix = "docs/networks.md says how a net comes to the zoo, zoo.interfaces what it promises"
            raise ZooError(f"a {kind} is {reason}", where="zoo plugin new --kind", fix=fix, exit_code=2)
    for kind in WORDS:
        if kind == name:
            return kind
    raise unknown("kind", name, WORDS, where="zoo plugin new --kind")
