"""Options that the field's data sets share."""

from pathlib import Path
from typing import Annotated

from zoo.hookspecs import Option
from zoo.photos import Fit
from zoo_datasets.laid_out import Wanted

Listed = str | list[str] | None

Root = Annotated[str, Option("the folder that everything lies in", "ours")]
Images = Annotated[Listed, Option("folders of photos, or an lmdb; found by their usual names if not said", "ours")]
Joints = Annotated[Listed, Option("annotation csvs, a pose_label.pkl, or folders of files; found if not said", "ours")]
Frame = Annotated[
    str | None,
    Option('HxW of the picture whose pixels joints are in, or "photo"; as their authors have it if not said', "ours"),
]
Parsing = Annotated[Listed, Option("folders of label maps; found by their usual names if not said", "ours")]
Words = Annotated[str | None, Option("of the label maps; others than these are not taken", "ours")]
Test = Annotated[str | None, Option("a list of what is held out; the published split if none lies there", "ours")]
Pairs = Annotated[
    Listed,
    Option('lists of pairs, "rule" (as published), or "unpaired" (somebody else\'s pose); the lists that lie there', "ours"),
]
TestPairs = Annotated[int | None, Option("how many pairs are scored; all if not said", "ours")]
Fitting = Annotated[Fit, Option("how photos are brought to the track's size", "ours")]


def wanted(
    root: str, images: Listed, joints: Listed, frame: str | None, parsing: Listed, vocabulary: str | None, test: str | None,
    pairs: Listed, test_pairs: int | None, fit: Fit, memory: float, shards: str,
) -> Wanted:  # fmt: skip
    """The options as the data sets read them."""
    return Wanted(
        Path(root).expanduser(), _many(images), _many(joints), frame, _many(parsing), vocabulary, test, pairs, test_pairs, fit,
        memory, shards,
    )  # fmt: skip


def _many(value: Listed) -> list[str] | None:
    return [value] if isinstance(value, str) else value
