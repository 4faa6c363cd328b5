"""`zoo plugin new`: a working plugin to start from. `zoo plugin check`: whether one keeps what it promises."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.output import Json, results_alone, say, show, show_json
from zoo.scaffold.kinds import WORDS

app = typer.Typer(help="Make a plugin, or check one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def plugin(context: typer.Context) -> None:
    """Make a plugin, or check one."""
    if context.invoked_subcommand is None:
        show(context.get_help())


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name: small letters, digits and _.")],
    kind: Annotated[str, typer.Option(help=f"The kind of part: {', '.join(WORDS)}.")] = "merge",
    out: Annotated[Path | None, typer.Option(help="The folder to write; zoo-NAME if not given.")] = None,
) -> None:
    """Write a working plugin: one part, a recipe that trains with it and without it, and tests."""
    folder = out or Path(f"zoo-{name}")
    written = zoo.new_plugin(name, kind=kind, out=folder)
    for path in written:
        show(str(path))
    track = f" --track {name}" if any(path.parent.name == "tracks" for path in written) else ""
    run = f"zoo run --recipe {name}{track} --from-scratch --steps 50"
    say(f"next: pip install -e {folder}\nthen: {run}\n{folder / 'README.md'} says what to change, and how to compare it")


@app.command("check")
@results_alone()
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name (zoo plugins lists them).")],
    part: Annotated[str | None, typer.Option(help="This part alone.")] = None,
    json: Json = False,
) -> None:
    """Try every promise of an installed plugin: its contents, its parts, their mixes with everybody's, its recipes and tracks.

    What is broken is named with what was promised and what was found; the exit code is 1 then.
    """
    found = zoo.check_plugin(name, part=part)
    broken = [check for check in found["checks"] if check["error"]]
    for check in broken:
        say(f"broken: {check['part']} {check['promise']}")
    if json:
        show_json(found)
    else:
        show("\n\n".join([_summary(name, found["checks"], broken), *(check["error"] for check in broken)]))
        for which, options in found["untried"].items():
            say(f"not tried: {which} cannot be built without {options}; zoo.testing.checks takes options")
    if broken:
        say("zoo.interfaces states what a part of each kind promises")
        raise typer.Exit(1)


def _summary(name: str, results: Sequence[object], broken: Sequence[object]) -> str:
    return f"{name}: {len(results) - len(broken)} of {len(results)} promises kept" + (", broken are:" if broken else "")
