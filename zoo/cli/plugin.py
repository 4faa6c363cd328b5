"""`zoo plugin new`: a working plugin to start from. `zoo plugin check`: whether one keeps what it promises."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.output import Json, results_alone, say, show, show_json
from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import catalog
from zoo.scaffold import write_plugin

if TYPE_CHECKING:
    from zoo.testing import Check

app = typer.Typer(help="Make a plugin, or check one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def plugin(context: typer.Context) -> None:
    """Make a plugin, or check one."""
    if context.invoked_subcommand is None:
        show(context.get_help())


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name: small letters, digits and _.")],
    out: Annotated[Path | None, typer.Option(help="The folder to write; zoo-NAME if not given.")] = None,
) -> None:
    """Write a working plugin: one merging operator, a recipe, a test."""
    folder = out or Path(f"zoo-{name}")
    for path in write_plugin(name, folder, {p.name for p in catalog().plugins}):
        show(str(path))
    say(f"next: pip install -e {folder}\nthen: zoo run --recipe {name} --from-scratch --steps 50")


@app.command("check")
@results_alone()
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name (zoo plugins lists them).")],
    part: Annotated[str | None, typer.Option(help="This part alone.")] = None,
    json: Json = False,
) -> None:
    """Try every promise of an installed plugin: its contents, its parts, their mixes with everybody's parts, its recipes.

    What is broken is named with what was promised and what was found; the exit code is 1 then.
    """
    from zoo.testing import checks, untried

    tries = [one for one in checks(name) if part is None or part in one.part]
    if not tries:
        raise unknown(
            "part", part or "", {one.part.split()[-1] for one in checks(name)}, where=f"zoo plugin check {name} --part"
        )
    results = [_tried(one) for one in tries]
    broken = [result for result in results if result["error"]]
    if json:
        show_json({"plugin": name, "checks": results, "untried": untried(name)})
    else:
        show("\n\n".join([_summary(name, results, broken), *(str(result["error"]) for result in broken)]))
        for which, options in untried(name).items():
            say(f"not tried: {which} cannot be built without {options}; zoo.testing.checks takes options")
    if broken:
        say("zoo.interfaces states what a part of each kind promises")
        raise typer.Exit(1)


def _tried(check: "Check") -> dict[str, str]:
    error = ""
    try:
        check()
    except ZooError as broken:
        error = broken.what
        say(f"broken: {check}")
    return {"part": check.part, "promise": check.promise, "error": error}


def _summary(name: str, results: Sequence[object], broken: Sequence[object]) -> str:
    return f"{name}: {len(results) - len(broken)} of {len(results)} promises kept" + (", broken are:" if broken else "")
