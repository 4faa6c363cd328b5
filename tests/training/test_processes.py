"""Several processes make the steps of one: the same losses, weights, statistics and optimiser states."""

import ast
import os
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from zoo.errors import ZooError
from zoo.ops import batch
from zoo.store.folder import CHECKPOINT
from zoo.training.whole_batch import WholeBatchNorm, share_batches

from .launching import ROOT, TORCHRUN, run
from .parts import logged, same
from .several import RECIPES


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of what one process and two left."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("one", "two")}
    one = run("tests.training.several", str(folders["one"]), *RECIPES)
    two = run(*TORCHRUN, "tests.training.several", str(folders["two"]), *RECIPES)
    assert one.returncode == 0, one.stderr
    assert two.returncode == 0, two.stderr
    assert two.stderr.count("pseudo labels") == 1  # searched once
    return folders


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_train_as_one(recipe: str, trained: dict[str, Path]) -> None:
    one, two = (logged(trained[name] / recipe) for name in ("one", "two"))
    assert [line["step"] for line in two] == list(range(1, 7))
    for alone, shared in zip(one, two, strict=True):
        assert shared["losses"] == pytest.approx(alone["losses"], rel=1e-9, abs=1e-12)
    one, two = (load_file(trained[name] / recipe / CHECKPOINT) for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-6, msg=f"{recipe}: {name}")


def test_stopped_and_resumed_is_as_unbroken(tmp_path: Path) -> None:
    broken, unbroken = tmp_path / "broken", tmp_path / "unbroken"
    # the signal reaches the second process alone; both finish the step at hand
    stopped = run(*TORCHRUN, "tests.training.child", str(broken), "12", "SIGTERM")
    assert stopped.returncode != 0
    assert stopped.stderr.count("stopped after step 13 of 20; nothing is lost") == 1
    resumed = run(*TORCHRUN, "tests.training.child", f"{broken}{os.pathsep}{unbroken}")
    assert resumed.returncode == 0, resumed.stderr
    one, two = (load_file(folder / "weights.safetensors") for folder in (broken, unbroken))
    assert same(one, two)
    assert same(load_file(broken / CHECKPOINT), load_file(unbroken / CHECKPOINT))


@pytest.mark.parametrize(("end", "told"), [("SIGKILL", ""), ("FAULT", "process 1: a photo is broken")])
def test_a_process_that_ends_takes_the_others_along_with_a_message(end: str, told: str, tmp_path: Path) -> None:
    began = time.monotonic()
    killed = run(*TORCHRUN, "tests.training.child", str(tmp_path), "12", end)
    assert killed.returncode != 0
    assert "another process has ended" in killed.stderr  # says the first one
    assert told in killed.stderr
    assert time.monotonic() - began < 120
    assert load_file(tmp_path / CHECKPOINT)


def test_every_draw_of_a_plugin_is_of_the_whole_batch() -> None:
    """rand and its like draw for the samples of one process: zoo.ops.batch draws for those of all."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made_once = {call for function in ast.walk(tree) if is_init(function) for call in ast.walk(function)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and call not in made_once and draws(call):
                pytest.fail(f"{path.relative_to(ROOT)}, line {call.lineno}: draws for its own samples; use zoo.ops.batch")


def is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def draws(call: ast.Call) -> bool:
    """Whether a call draws for each sample, from the generator of the process."""
    name = ast.unparse(call.func)
    drawn = {"rand", "randn", "rand_like", "randn_like", "normal", "bernoulli", "multinomial", "poisson"}
    in_place = {"bernoulli_", "uniform_", "normal_", "exponential_"}
    of_torch = name.startswith("torch.") and name.removeprefix("torch.") in drawn
    functional = name.startswith("F.") and ("dropout" in name or name == "F.rrelu")
    other = name.split(".")[-1] in in_place and not name.startswith("nn.init.")
    return (of_torch or functional or other) and not any(keyword.arg == "generator" for keyword in call.keywords)


def test_alone_every_function_is_torchs() -> None:
    x = torch.randn(4, 3)
    torch.manual_seed(0)
    drawn = batch.rand(4, 3, like=x), batch.randn(2, 4, like=x, dim=1)
    torch.manual_seed(0)
    assert torch.equal(drawn[0], torch.rand(4, 3))
    assert torch.equal(drawn[1], torch.randn(2, 4))
    assert batch.total(x) is x
    assert torch.equal(batch.rolled(x), x.roll(1, 0))


@pytest.mark.parametrize("dim", [0, 1])
def test_shares_of_a_draw_make_the_whole(dim: int) -> None:
    like, whole = torch.zeros(()), (6, 6)
    torch.manual_seed(0)
    wanted = batch.rand(*whole, like=like, dim=dim)
    shares = []
    for part in range(3):
        torch.manual_seed(0)
        with batch.shared(part, 3):
            shares.append(batch.rand(*(2 if i == dim else n for i, n in enumerate(whole)), like=like, dim=dim))
    assert torch.equal(torch.cat(shares, dim), wanted)


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_shares_of_a_dropout_make_the_whole(kind: type[nn.Module], layout: torch.memory_format) -> None:
    x = torch.rand(4, 6, 5, 5).to(memory_format=layout)
    torch.manual_seed(0)
    wanted = kind(0.5)(x)
    module, shares = nn.Sequential(kind(0.5)), []
    share_batches(module)
    for part in range(2):
        torch.manual_seed(0)
        with batch.shared(part, 2):
            shares.append(module(x.chunk(2)[part]))
    assert torch.equal(torch.cat(shares), wanted)
    assert torch.equal(module.eval()(x), x)


def test_what_cannot_be_shared_is_named() -> None:
    module = nn.ModuleDict({"fine": nn.BatchNorm2d(2), "deep": nn.Sequential(nn.AlphaDropout())})
    with pytest.raises(ZooError, match="AlphaDropout cannot be shared") as caught:
        share_batches(module)
    assert caught.value.where == "deep.0"
    assert type(module["fine"]) is WholeBatchNorm
    with pytest.raises(ZooError, match="BatchNorm2d"):
        share_batches(nn.Sequential(nn.BatchNorm2d(2, momentum=None)))
