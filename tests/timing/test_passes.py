"""What is timed is what it says."""

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from zoo.errors import ZooError
from zoo.scoring.profile import profile
from zoo.timing.cells import Peer, SpeedGrid
from zoo.timing.counting import count_macs
from zoo.timing.machine import Memory, limits
from zoo.timing.passes import Pass, made
from zoo.timing.peers import load_peer
from zoo.timing.worker import _by_part

ADAPTER = """
import torch
from beside import WIDTH

def tiny(batch, size, device):
    net = torch.nn.Conv2d(3, WIDTH, 3, bias=False)
    def step():
        net.weight.data += 1
    return net, (torch.rand(batch, 3, *size),), step

def stepless(batch, size, device):
    return *tiny(batch, size, device)[:2], None

def wrong(batch, size, device):
    return 3
"""


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("WIDTH = 4\n")
    path = tmp_path / "adapter.py"
    path.write_text(ADAPTER)
    return path


def spec(what: str, batch: int = 1, recipe: str = "scmnet", **changes: Any) -> dict[str, Any]:
    request = {"recipe": recipe, "variant": "full", "track": "figures-64", "changes": [], "root": None}
    told = {"what": what, "batch": batch, "precision": "no", "compiled": False, "size": (64, 64), "device": "cpu"}
    return {**told, "request": request, **changes}


def test_a_forward_pass_costs_what_its_parts_do() -> None:
    one = made(spec("forward", batch=2))
    macs, by_part = count_macs(one.run, one.parts)
    costs = profile(one.module, (64, 64))
    assert by_part == {name: 2 * cost.macs for name, cost in costs.items()} and macs == sum(by_part.values()) > 1e8
    assert set(one.components) - set(by_part) == {"pose"} and not one.module.training


def test_a_gradient_pass_reaches_every_part() -> None:
    one = made(spec("gradient"))
    one.run()
    for name, part in one.module.named_children():
        assert any(p.grad is not None for p in part.parameters()), name


def test_a_step_trains_the_last_phase() -> None:
    one = made(spec("step", batch=2, recipe="partflow"))
    before = [p.detach().clone() for p in one.module.parameters() if p.requires_grad]
    one.run()
    after = [p for p in one.module.parameters() if p.requires_grad]
    assert one.phase == "main" and any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_bf16_is_bf16(adapter: Path) -> None:
    seen = []
    for precision in ("no", "bf16"):
        for more in ({}, {"peer": [str(adapter), "tiny"]}):
            one = made({**spec("forward", precision=precision), **more})
            conv = next(m for m in one.module.modules() if isinstance(m, nn.Conv2d))
            conv.register_forward_hook(lambda _, __, output: seen.append(output.dtype))
            one.run()
    assert {*seen[: len(seen) // 2]} == {torch.float32} and {*seen[len(seen) // 2 :]} == {torch.bfloat16}


def test_backward_passes_are_counted() -> None:
    layer, given = nn.Linear(8, 16, bias=False), torch.rand(4, 8, requires_grad=True)
    assert count_macs(lambda: layer(given).sum().backward())[0] == 3 * 4 * 8 * 16
    with torch.inference_mode():
        assert count_macs(lambda: layer(given))[0] == 4 * 8 * 16


def test_parts_are_timed_apart() -> None:
    class Sleep(nn.Module):
        def forward(self, seconds: float) -> None:
            time.sleep(seconds)

    slow, fast = Sleep(), Sleep()
    found = _by_part(Pass(nn.Module(), lambda: (slow(0.02), slow(0.02), fast(0.0)), parts={"slow": slow, "fast": fast}), "cpu")
    assert found["slow"] > 0.039 > found["fast"]


def test_memory_is_the_most_since_it_was_forgotten() -> None:
    Memory("cpu").forget()  # what other tests left is given back first
    memory = Memory("cpu")
    torch.ones(16_000_000).sum()
    assert memory.peak() > 50e6
    memory.forget()
    forgotten = memory.peak()
    torch.ones(32_000_000).sum()
    assert memory.peak() - forgotten > 100e6


def test_the_machine_has_limits() -> None:
    found = limits("cpu", "no")
    assert found.convolution > 1e8 and found.product > 1e8


def test_a_peer_is_what_its_file_builds(adapter: Path) -> None:
    module, inputs, step = load_peer(adapter, "tiny", 2, (8, 6), "cpu")
    assert module(*inputs).shape == (2, 4, 6, 4) and step is not None
    told = {**spec("gradient", batch=2), "peer": [str(adapter), "tiny"]}
    one = made(told)
    one.run()
    assert next(one.module.parameters()).grad is not None
    stepping = made({**told, "what": "step"})
    before = next(stepping.module.parameters()).detach().clone()
    stepping.run()
    assert torch.equal(next(stepping.module.parameters()), before + 1)


@pytest.mark.parametrize(
    ("function", "told"), [("wrong", "returns no module"), ("gone", "no function gone"), ("stepless", "no training step")]
)
def test_a_peer_that_is_none_is_told(adapter: Path, function: str, told: str) -> None:
    with pytest.raises(ZooError, match=told):
        made({**spec("step"), "peer": [str(adapter), function]})


def test_an_error_in_an_adapter_names_it(adapter: Path) -> None:
    adapter.write_text("def tiny(batch, size, device):\n    return 1 / 0\n")
    with pytest.raises(ZooError, match=r"ZeroDivisionError.*adapter.py, line 2"):
        load_peer(adapter, "tiny", 2, (8, 8), "cpu")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"whats": ["forwards"]}, "did you mean 'forward'"),
        ({"precisions": ["fp16"]}, "bf16"),
        ({"batches": [0]}, "one image or more"),
    ],
)
def test_a_wrong_word_is_told(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ZooError, match=told):
        SpeedGrid(["copy"], ["figures-64"], "full", **asked)


@pytest.mark.parametrize(
    ("text", "told"), [("file.txt:f", "names no peer"), ("file.py", "names no peer"), ("file.py:f", "no file")]
)
def test_a_peer_is_a_file_and_a_function(text: str, told: str) -> None:
    with pytest.raises(ZooError, match=told):
        Peer.parse(text)
