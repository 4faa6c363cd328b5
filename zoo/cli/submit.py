"""`zoo submit`: hand in a record."""

from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Device
from zoo.cli.output import Json, say, show, show_json
from zoo.cli.verify import Place, Root, Weights, again_text


def command(
    record: Place,
    weights: Weights = None,
    root: Root = None,
    sample: Annotated[int, typer.Option(min=1, help="So many of its pairs, which its id draws, are scored again.")] = 64,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="benchmarks/results if not given.")] = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Hand in a record: look it over, score a sample of its pairs again, and place it under benchmarks/results.

    It must be whole and unaltered, its digests those of its recipe and track; its pairs must give its scores again, and its
    weights its pairs, but for 0.02 of their spread. What is refused is refused with every reason, and nothing is written.
    """
    done = zoo.submit(record, weights=weights, root=root, sample=sample, to=to, device=device)
    mine, found = done.record, done.metrics
    if json:
        show_json({"record": str(done.path), "self_declared": mine.self_declared, "again": [vars(one) for one in found]})
        return
    say(again_text(found))
    if mine.self_declared:
        say("self-declared: only the weights' own file says how they were trained; shown on the board and not ranked")
    show(str(done.path))
