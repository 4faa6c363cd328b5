"""`zoo data pairs`: a published list of pairs, rebuilt from the joints."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from zoo.cli.output import say
from zoo.documents.files import write_atomically
from zoo.recipes.catalog import catalog, import_component

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
    component = catalog().component("dataset", name)
    from zoo.data.pairs import list_pairs

    done = list_pairs(import_component(component), annotations, cast(Literal["train", "test"], split))
    lines = ["from,to", *(f"{source},{target}" for source, target in done.pairs)]
    write_atomically(out, ("\n".join(lines) + "\n").encode())
    for why, count in done.left_out.items():
        say(f"left out: {count:,} photos {why}")
    say(f"{out}: {done.verdict}")
