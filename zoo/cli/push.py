"""`zoo push`: a run goes to the Hugging Face Hub."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.output import Json, say, show, show_json


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN|RECORD", help="A run's folder, or the file of its record.")],
    repo: Annotated[str, typer.Option(metavar="USER/NAME", help="The repository; made if there is none.")],
    private: Annotated[bool, typer.Option("--private", help="For you alone.")] = False,
    licence: Annotated[
        str, typer.Option(metavar="ID", help="Of the weights, e.g. apache-2.0; of shipped ones it is known.")
    ] = "",
    benchmark: Annotated[
        str, typer.Option(metavar="USER/DATASET", help="The benchmark on the Hub that lists its scores, a task per metric.")
    ] = "",
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Show test pairs though the data's licence does not say so: you may.")
    ] = False,
    json: Json = False,
) -> None:
    """Push a run to the Hugging Face Hub, in one commit.

    Weights, recipe, track, record, the scores of every pair, a card made from the record and pictures of test pairs. It is
    loaded by that commit: zoo pull hf:USER/NAME@<40 hex>. Log in first: hf auth login, or HF_TOKEN.
    """
    from zoo.hub.parcel import STRIP, packed
    from zoo.hub.pushing import contents, push

    parcel = packed(run)
    options = {"licence": licence, "benchmark": benchmark, "pictures": pictures}
    files = contents(parcel, repo, **options)  # type: ignore[arg-type]
    if parcel.painted and STRIP not in files:
        say("pictures stay here: the data's licence does not say that everybody may see them (--pictures: you may show them)")
    say(f"pushing {', '.join(files)} to {repo}")
    pin = push(parcel, repo, private=private, **options)  # type: ignore[arg-type]
    if json:
        show_json(
            {"repo": pin.repo, "commit": pin.revision, "address": str(pin), "record": parcel.record.id, "files": [*files]}
        )
    else:
        show(str(pin))
