"""Train a net of `zoo_photos` on photographs; write it, and how it does on the held-out tenth.

    python benchmarks/photo_teacher.py --movenet DIR --photos ../shared/photos --out teacher.npz
    python benchmarks/train_photo_nets.py detector --photos ../shared/photos --teacher teacher.npz --imagenet DIR \\
        --out DIR --minutes 240

`--imagenet` holds timm's tf_efficientnet_lite0 and lite1 as imagenet-lite0.safetensors and imagenet-lite1.safetensors;
without it the shipped weights are trained further. The schedule runs over the time given (or the steps, for a rehearsal). A
killed training goes on from its last checkpoint.
"""

import argparse
import hashlib
import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from photo_lesson import Lesson
from photo_lessons import LESSONS
from photo_shelf import shelf
from photo_views import Chance
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zoo.documents.files import write_atomically

SEED = {"detector": 31, "parser": 37, "features": 41, "judge": 43}
KEEP_EVERY = 30.0  # seconds between checkpoints
WARM = 0.04  # of the training


@dataclass
class Budget:
    """How far a training is, by the clock or by its steps."""

    seconds: float | None
    steps: int | None
    before: float = 0.0  # seconds of the runs that a checkpoint goes on from
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return self.before + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        done = step / self.steps if self.steps else self.elapsed / (self.seconds or 1)
        return min(done, 1.0)


def rate(progress: float) -> float:
    """A short rise, then half a cosine."""
    return min(progress / WARM, 0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-4


class Training:
    """A lesson, its optimiser and the running mean of its weights, which is what is stored."""

    def __init__(self, name: str, lesson: Lesson, device: str, out: Path) -> None:
        self.name, self.lesson, self.device, self.out = name, lesson.to(device), device, out
        self.mean = AveragedModel(self.lesson, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
        self.optimiser = torch.optim.AdamW(lesson.groups(), lr=lesson.rate, fused=device == "cuda")
        self.chance = Chance(device, SEED[name])
        self.step, self.losses = 0, list[torch.Tensor]()

    def run(self, budget: Budget) -> None:
        kept = time.monotonic()
        while (progress := budget.progress(self.step)) < 1:
            for group in self.optimiser.param_groups:
                group["lr"] = self.lesson.rate * rate(progress) * group["share"]
            self._learn()
            if self.step % 50 == 0:
                print(f"{self.name} step {self.step:6d}  loss {self._mean_loss():.4f}  {budget.elapsed:.0f} s", flush=True)
            if time.monotonic() - kept > KEEP_EVERY:
                self.keep(budget)
                kept = time.monotonic()

    def _learn(self) -> None:
        loss = self.lesson.loss(self.chance)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.lesson.parameters(), 5.0)
        self.optimiser.step()
        self.mean.update_parameters(self.lesson)
        self.losses.append(loss.detach())
        self.step += 1

    def _mean_loss(self) -> float:
        value = float(torch.stack(self.losses).mean())
        self.losses.clear()
        return value

    def keep(self, budget: Budget) -> None:
        state = {
            "lesson": self.lesson.state_dict(), "mean": self.mean.state_dict(), "optimiser": self.optimiser.state_dict(),
            "chance": self.chance.generator.get_state(), "step": self.step, "elapsed": budget.elapsed,
        }  # fmt: skip
        half = self.out / f"{self.name}.ckpt.tmp"
        torch.save(state, half)
        half.replace(half.with_suffix(""))

    def go_on(self) -> float:
        """From the last checkpoint, if there is one; the seconds it had taken."""
        path = self.out / f"{self.name}.ckpt"
        if not path.exists():
            return 0.0
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.lesson.load_state_dict(state["lesson"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.chance.generator.set_state(state["chance"].cpu())
        self.step = state["step"]
        return float(state["elapsed"])

    def store(self, facts: dict[str, Any], before: dict[str, torch.Tensor], keep: float) -> None:
        """The mean weights, of which a share `keep` is what they were `before`, rounded to fp16 and measured so.

        Between the two lies what neither has alone (WiSE-FT, Wortsman et al. 2022, eq. 1). The record, which names the
        weights' sha256, is written after them.
        """
        lesson = self.mean.module.eval()
        assert isinstance(lesson, Lesson)
        lesson.finish()
        if keep:
            blend(lesson.net, before, keep)
        content = halved(lesson.net)
        write_atomically(self.out / f"{self.name}.safetensors", content)
        known = {"sha256": hashlib.sha256(content).hexdigest(), "steps": self.step, "seed": SEED[self.name], **facts}
        record = self.out / f"{self.name}.json"
        write_atomically(record, json.dumps(known, indent=2).encode())
        known["held_out"] = {k: round(v, 4) for k, v in lesson.measure().items()}
        print(self.name, json.dumps(known, indent=2), flush=True)
        write_atomically(record, json.dumps(known, indent=2).encode())


def blend(net: nn.Module, before: dict[str, torch.Tensor], keep: float) -> None:
    """Bring every weight of the net a share `keep` of the way back to what it was `before`."""
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            value.lerp_(before[name].to(value), keep)


def halved(net: nn.Module) -> bytes:
    """The net's weights as fp16 safetensors; the net itself is rounded too, so that it is measured as stored."""
    for value in (*net.parameters(), *net.buffers()):
        if value.is_floating_point():
            value.data = value.data.half().float()
    state = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    return safetensors.torch.save({k: v.cpu().contiguous() for k, v in state.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", choices=[*LESSONS])
    for folder in ("photos", "teacher", "out"):
        parser.add_argument(f"--{folder}", type=Path, required=True)
    parser.add_argument("--imagenet", type=Path, help="first weights of all; without it the shipped ones are trained further")
    parser.add_argument("--cache", type=Path, help="where the decoded photos lie; default: in --out")
    parser.add_argument("--keep", type=float, default=0.0, help="share of the weights it went on from that the result keeps")
    parser.add_argument("--minutes", type=float, default=240)
    parser.add_argument("--steps", type=int, help="instead of minutes, for a rehearsal")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED[args.net])
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    lesson = LESSONS[args.net]()
    lesson.batch = args.batch or lesson.batch
    lesson.begin(shelf(args.photos, args.teacher, args.cache or args.out / "cache").to(args.device))
    lesson.fresh(args.imagenet) if args.imagenet else lesson.onward(args.net)
    lesson = lesson.to(memory_format=torch.channels_last)
    before = {name: value.detach().clone() for name, value in lesson.net.state_dict().items()}
    training = Training(args.net, lesson, args.device, args.out)
    budget = Budget(60 * args.minutes, args.steps)
    budget.before = training.go_on()
    training.run(budget)
    device = torch.cuda.get_device_name() if args.device == "cuda" else "CPU"
    facts = {"batch": lesson.batch, "seconds": round(budget.elapsed), "torch": torch.__version__, "hardware": device}
    training.store(facts, before, args.keep)


if __name__ == "__main__":
    main()
