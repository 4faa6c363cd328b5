"""No command does what Python cannot: each has its function, and each of its options an argument there."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
import typer

import zoo
from zoo.cli import command_line

Model = zoo.Pipeline
FUNCTIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "list": (zoo.list,),
    "show": (zoo.show,),
    "run": (zoo.run,),
    "train": (zoo.train,),
    "annotate": (zoo.annotate, zoo.Annotations.save_sheet),
    "transfer": (zoo.load, zoo.person, Model.transfer, zoo.Painting.save, zoo.Painting.save_strip, zoo.Painting.explain),
    "edit": (zoo.load, zoo.person, Model.edit, zoo.Painting.save, zoo.Painting.save_strip),
    "export": (zoo.load, Model.export),
    "leaderboard": (zoo.leaderboard, zoo.Leaderboard.save),
    "compare": (zoo.compare,),
    "plugins": (zoo.plugins,),
    "pull": (zoo.pull,),
    "push": (zoo.push,),
    "score": (zoo.score,),
    "prefetch": (zoo.prefetch,),
    "data check": (zoo.check_data,),
    "data pairs": (zoo.list_pairs,),
    "data prepare": (zoo.prepare_data,),
    "plugin new": (zoo.new_plugin,),
    "plugin check": (zoo.check_plugin,),
    "effects": (zoo.effects,),
    "bench": (zoo.bench, zoo.PlannedBench.run),
    "bench speed": (zoo.speed, zoo.PlannedSpeed.run),
    "verify": (zoo.verify,),
    "submit": (zoo.submit,),
}
PAGES = {"app", "serve"}  # a page and a service: `zoo.load` is what they stand on
TERMINAL = {"json", "force", "dry_run"}  # what is shown how, and that a file may be written over
CALLED = {
    "source": "image",
    "target": "image",
    "reference": "reference",
    "source_joints": "joints",
    "target_joints": "joints",
    "reference_joints": "joints",
    "source_parsing": "parsing",
    "reference_parsing": "parsing",
    "target_frame": "size",
    "source_person": "number",
    "target_person": "number",
    "reference_person": "number",
    "target_name": "name",
    "html": "path",
    "strip": "path",
    "explain": "self",
    "out": "path",
    "sheet": "path",
    "kind": "kind",
}  # options that are called otherwise there
MORE = {"transfer": {"target_parsing": "layout", "back": "layout"}, "edit": {"target_parsing": "layout"}}


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = dict(commands(typer.main.get_command(command_line())))


def arguments(function: Callable[..., Any]) -> set[str]:
    found = set()
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= {*get_args(parameter.annotation)[0].__annotations__}
        else:
            found.add(parameter.name)
    return found


def test_every_command_has_its_function() -> None:
    assert {*COMMANDS} - {*FUNCTIONS} == PAGES, "give a new command its function in zoo.api, and name it here"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_option_is_an_argument(name: str) -> None:
    known = set().union(*map(arguments, FUNCTIONS[name]))
    for parameter in COMMANDS[name].params:
        if parameter.name not in {*TERMINAL, "help"}:
            called = MORE.get(name, {}).get(parameter.name, parameter.name)
            assert {called, CALLED.get(parameter.name, called)} & known, f"zoo {name} {parameter.opts[0]}"
