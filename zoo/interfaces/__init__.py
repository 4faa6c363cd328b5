"""The kinds of part a recipe, a track and a user name. Every component is built as `Class(context, **options)`.

A wrapper goes around a part of one kind and is of that kind itself. It is built as `Class(context, inner, **options)`, where
`inner(context)` builds what it wraps; it keeps that as `self.inner`, and may change the context.

`parts` stand along the spine, `nets` are frozen, `data` gives the pairs, `context` is what each may know of its place.
Options are the keyword-only arguments of `__init__`: typed, with defaults; pydantic validates them and `zoo show` prints them.
"""

from zoo.hookspecs import Kind
from zoo.interfaces.context import Context, Inner
from zoo.interfaces.data import DataReport, Dataset, Framing, Pairing, PairList
from zoo.interfaces.nets import Codec, FeatureNet, Frozen, Judge, PersonParser, PoseDetector
from zoo.interfaces.parts import (
    Generator,
    Growing,
    LaysOut,
    Loss,
    MergesSeveral,
    MergingOperator,
    ParsingTransform,
    PoseRepresentation,
    SteppedGenerator,
    StyleEncoder,
)

__all__ = [
    "INTERFACES", "Codec", "Context", "DataReport", "Dataset", "FeatureNet", "Framing", "Frozen", "Generator", "Growing",
    "Inner", "Judge", "LaysOut", "Loss", "MergesSeveral", "MergingOperator", "PairList", "Pairing", "ParsingTransform",
    "PersonParser", "PoseDetector", "PoseRepresentation", "SteppedGenerator", "StyleEncoder",
]  # fmt: skip

# What a part of each kind is; a wrapper is of the kind that it wraps.
INTERFACES: dict[Kind, type] = {
    "pose": PoseRepresentation, "style": StyleEncoder, "parsing": ParsingTransform, "merge": MergingOperator,
    "generator": Generator, "loss": Loss, "features": FeatureNet, "detector": PoseDetector, "codec": Codec,
    "parser": PersonParser, "judge": Judge, "pairing": Pairing, "dataset": Dataset,
}  # fmt: skip
