"""`zoo pull`: a run comes from the Hugging Face Hub."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.leaderboard import shown_by
from zoo.cli.output import Json, say, show, show_json


def command(
    address: Annotated[str, typer.Argument(metavar="hf:USER/NAME@<40 HEX>", help="The repository at a fixed commit.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="runs/hub/USER--NAME-COMMIT if not given.")] = None,
    json: Json = False,
) -> None:
    """Bring a run from the Hugging Face Hub, as a run's folder.

    Weights and scores are checked against the record's sha256; recipe and track are the record's own. No code comes along.
    """
    from zoo.hub.pulling import pull, unpack

    pulled = pull(address)
    folder = unpack(pulled, out)
    if json:
        show_json({"address": str(pulled.pin), "record": pulled.record.id, "folder": str(folder)})
        return
    show(str(folder))
    weights = f" --weights {folder / pulled.weights.name}" if pulled.weights else ""
    say(shown_by(pulled.record.track_name, folder))
    say(f"zoo run --recipe {folder / 'recipe.toml'} --track {folder / 'track.toml'}{weights}")
