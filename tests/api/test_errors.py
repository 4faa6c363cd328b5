"""Errors name what their reader can change: arguments in Python, flags on the command line."""

import ast
import re
from pathlib import Path

import pytest

import zoo
from tests.api.conftest import JOINTS, photo
from tests.api.test_stable import LIST
from tests.cli.conftest import Zoo
from zoo.errors import ZooError, in_python

CODE = Path(zoo.__file__).parent
CHILDREN = {"format", "json", "nproc-per-node", "porcelain", "query-gpu", "short", "standalone"}  # of programs that are called
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
ARGUMENTS = {found[1] for found in re.finditer(r"\((\w+)\)", LIST.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("spoken", "python"),
    [
        ("--steps is about training", "steps is about training"),
        ("add --from-scratch", "add from_scratch=True"),
        ("--init-from, or --seed", "init_from, or seed"),
        ("--set sources=3, or other data", 'changes=["sources=3"], or other data'),
        ("--set parsing=base.unet", 'changes=["parsing=base.unet"]'),
        ("write --set key=value", 'write changes=["key=value"]'),
        ("zoo run --weights FILE, or --weights", "zoo run --weights FILE, or weights"),
        ("pip install --force-reinstall NAME", "pip install --force-reinstall NAME"),
        ("the same command with --debug", "the same command with --debug"),
        ("speed--track--id", "speed--track--id"),
    ],
)
def test_a_flag_becomes_its_argument(spoken: str, python: str) -> None:
    error = ZooError("it failed", where=spoken, fix=spoken)
    assert in_python(spoken) == python
    assert str(error) == f"it failed\n  where: {python}\n  fix:   {python}"
    assert error.spoken == f"it failed\n  where: {spoken}\n  fix:   {spoken}"


def test_every_flag_that_the_library_names_is_an_argument_of_the_api() -> None:
    """The command line itself may name any of its own flags."""
    named: dict[str, str] = {}
    for path in (path for path in CODE.rglob("*.py") if not {"cli", "template"} & {*path.parts}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= {flag: str(path) for flag in FLAG.findall(re.sub(r"\b(?:zoo|pip) [a-z][^,;:()]*", "", node.value))}
    assert len(named) > 40
    strange = {
        flag: path
        for flag, path in named.items()
        if flag[2:] not in CHILDREN and in_python(flag) != flag and in_python(flag).removesuffix("=True") not in ARGUMENTS
    }
    assert not strange, "name an argument of the API by its flag, or say in zoo.errors what Python calls it"


def test_the_same_error_at_both_doors(small: Path, zoo_command: Zoo, tmp_path: Path) -> None:
    with pytest.raises(ZooError) as steps:
        zoo.run("mean", track=small, steps=3)
    assert str(steps.value) == "steps is about training\n  where: zoo run\n  fix:   add from_scratch=True"
    told = zoo_command("run", "--recipe", "mean", "--track", small, "--steps", 3).err
    assert "--steps is about training" in told and "add --from-scratch" in told

    with pytest.raises(ZooError) as missing:
        zoo.load("scmnet", track=small)
    assert not FLAG.search(str(missing.value).replace("zoo run --from-scratch", "")), str(missing.value)
    who = zoo.person(photo(), JOINTS)
    with pytest.raises(ZooError, match="samples") as samples:
        zoo.load("copy", track=small, device="cpu").transfer(who, who, samples=2)
    assert not FLAG.search(str(samples.value))
