"""Help and lists answer at once."""

import resource
import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "--json"]], ids=" ".join)
def test_answers_in_less_than_half_a_second(arguments: list[str]) -> None:
    assert min(seconds(arguments) for _ in range(3)) < 0.5


def test_the_commands_are_known_without_what_they_work_with() -> None:
    code = "import sys, zoo.cli; sys.exit(', '.join({'torch', 'numpy', 'PIL', 'rich.console'} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"imported by zoo --help: {done.stderr}"


def test_a_command_imports_no_other() -> None:
    code = (
        "import sys\n"
        "from zoo.cli import COMMANDS, main\n"
        "try:\n"
        "    main(['list', '--json'])\n"
        "finally:\n"
        "    others = {f'zoo.cli.{m}' for m in COMMANDS.values() if m != 'listing'} & sys.modules.keys()\n"
        "    assert not others, others\n"
        "    assert 'zoo.documents.strict' not in sys.modules, 'a list needs no schema'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def seconds(arguments: list[str]) -> float:
    """Processor time: the wall clock of a busy machine says nothing of us."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "zoo", *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_an_impossible_mix_is_refused_before_torch_is_imported() -> None:
    code = (
        "import sys\n"
        "from zoo.cli import main\n"
        "try:\n"
        "    main(['run', '--recipe', 'scmnet', '--set', 'pose=base.edges'])\n"
        "finally:\n"
        "    assert 'torch' not in sys.modules, 'torch was imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pose base.edges needs edges" in done.stderr


def test_a_transfer_imports_nothing_of_trainings_and_scores() -> None:
    code = (
        "import sys, zoo\n"
        "zoo.load(device='cpu')\n"
        "sys.exit(', '.join({'accelerate', 'kornia', 'zoo.training.loop', 'zoo.scoring.scorer'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"imported by zoo transfer: {done.stderr}"
