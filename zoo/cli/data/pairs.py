"""`zoo data pairs`: a published list of pairs, rebuilt from the joints."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

import zoo
from zoo.cli.output import say

NAME = "pairs"


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set (zoo list dataset).")],
    annotations: Annotated[
        list[Path], typer.Option(metavar="CSV", help="Rows name:keypoints_y:keypoints_x of the split's photos; repeatable.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The list, a csv from,to.")],
    split: Annotated[str, typer.Option(metavar="train|test", help="Which pairs.")] = "test",
) -> None:
    """Rebuild the list of pairs that a data set is trained or scored on, and say whether it is the published one."""
    done = zoo.list_pairs(name, annotations, out=out, split=cast(Literal["train", "test"], split))
    for why, count in done.left_out.items():
        say(f"left out: {count:,} photos {why}")
    say(f"{out}: {done.verdict}")
