"""Train the feature net, detector, judge and codec of Figures on its train identities; measure them on its test ones.

    python benchmarks/train_figures_nets.py features detector judge codec

Writes plugins/zoo_figures/weights/{features,detector,judge,codec}.safetensors (fp16) and accuracy.json beside them.
"""

import argparse
import hashlib
import json
import platform
import time
from typing import Any

import safetensors.torch
import torch
from figures_lessons import BATCH, SIZE, TASKS, TEXTURES, CodecTask, Lesson, School, Task, colour_loss, context, fold_norms
from torch import Tensor, nn

from zoo.documents.files import write_atomically
from zoo_base.stored import FACTS
from zoo_figures.dataset import People
from zoo_figures.nets import Features, soft_argmax
from zoo_figures.stored import STORED

SEED = {"features": 11, "detector": 17, "judge": 23, "codec": 29}
STEPS = {"features": 1500, "detector": 4000, "judge": 3000, "codec": 1500}


def train(task: Task, school: School, steps: int, seed: int) -> None:
    """AdamW, one cycle, bf16 products."""
    optimiser = torch.optim.AdamW(task.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps, pct_start=0.1)
    started = time.monotonic()
    for step in range(steps):
        lesson = school.draw(step, seed, crisp=isinstance(task, CodecTask))
        with torch.autocast("cpu", torch.bfloat16):
            read = task.read(lesson)
        loss = task.loss(lesson, read)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(task.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step:5d}  loss {loss.item():.3f}  {time.monotonic() - started:.0f} s", flush=True)


@torch.no_grad()
def measure(task: Task, school: School) -> dict[str, float]:
    """Accuracy on every image of the first world."""
    task.eval()
    images = torch.arange(len(school.textures[0]))
    lessons = [school.lesson(0, part) for part in images.split(100)]
    reads = [task.read(lesson) for lesson in lessons]
    truth = Lesson(**{k: torch.cat([getattr(lesson, k) for lesson in lessons]) for k in Lesson.__dataclass_fields__})
    read = {k: torch.cat([r[k] for r in reads]) for k in reads[0] if k != "paint"}
    scores: dict[str, Tensor] = {}
    if "parsing" in read:
        scores |= region_scores(truth, read)
    if "image" in read:
        error = (read["image"] - truth.image).square().mean((1, 2, 3)) / 4  # of values in [0,1]
        scores["psnr"] = (-10 * error.log10()).mean()
    if "heat" in read:
        miss = (soft_argmax(read["heat"], SIZE) - truth.joints).norm(dim=-1)
        scores["pckh"] = (miss <= 0.5 * head_size(truth)[:, None])[truth.visible].float().mean()
        scores["joint_error_pixels"] = miss[truth.visible].mean()
    if "presence" in read:
        scores["presence_accuracy"] = ((read["presence"] > 0) == truth.visible).float().mean()
    if "paint" in reads[0]:
        scores["paint_error"] = torch.stack([r["paint"] for r in reads]).mean()
    return {name: round(float(value), 4) for name, value in scores.items()}


def region_scores(truth: Lesson, read: dict[str, Tensor]) -> dict[str, Tensor]:
    """How well regions, colours and textures are read."""
    guess = read["parsing"].argmax(1)
    hits = torch.bincount(truth.labels[guess == truth.labels], minlength=20)
    union = torch.bincount(truth.labels.flatten(), minlength=20) + torch.bincount(guess.flatten(), minlength=20) - hits
    kinds = read["textures"].view(-1, 2, TEXTURES).argmax(-1) == truth.textures
    return {
        "parsing_miou": (hits / union)[union > 0].mean(),
        "parsing_accuracy": hits.sum() / truth.labels.numel(),
        "colour_error": colour_loss(truth, read),
        "texture_accuracy_upper": kinds[:, 0].float().mean(),
        "texture_accuracy_lower": kinds[:, 1].float().mean(),
    }


def head_size(truth: Lesson) -> Tensor:
    """(B,) pixels, as the scoring protocol has it: neck to nose, at least a seventh of the longer side of the joints' box."""
    shown, joints = truth.visible[..., None], truth.joints
    box = joints.where(shown, -torch.inf).amax(1) - joints.where(shown, torch.inf).amin(1)
    nod = (joints[:, 0] - joints[:, 1]).norm(dim=-1).where(truth.visible[:, 0] & truth.visible[:, 1], 0)
    return torch.maximum(nod, box.amax(1) / 7).clamp(min=2)


def halved(net: nn.Module) -> bytes:
    """The net's weights as fp16 safetensors; the net itself is rounded too, so that it is measured as stored."""
    for value in (*net.parameters(), *net.buffers()):
        if value.is_floating_point():
            value.data = value.data.half().float()
    state = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    return safetensors.torch.save({k: v.contiguous() for k, v in state.items()})


def store(name: str, content: bytes, facts: dict[str, Any]) -> None:
    """Weights first, then the record that names their sha256: a reader never sees a record of absent weights."""
    STORED.folder.mkdir(exist_ok=True)
    record = STORED.folder / FACTS
    known = json.loads(record.read_text()) if record.exists() else {}
    known[name] = {"sha256": hashlib.sha256(content).hexdigest(), **facts}
    write_atomically(STORED.folder / f"{name}.safetensors", content)
    write_atomically(record, (json.dumps(known, indent=2, sort_keys=True) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", choices=[*TASKS], default=[*TASKS])
    parser.add_argument("--steps", type=int, help="for a rehearsal")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    worlds = [
        People(context(), train_people=800),
        People(context(), train_people=300, crop="mixed", background="clutter", seed=1),
    ]
    train_school, test_school = School("train", worlds), School("test", worlds[:1])
    for name in args.nets:
        torch.manual_seed(SEED[name])
        task, steps, started = TASKS[name](), args.steps or STEPS[name], time.monotonic()
        train(task, train_school, steps, SEED[name])
        task.eval()
        if isinstance(task.net, Features):
            fold_norms(task.net)
        content = halved(task.net)
        facts = {
            "test": measure(task, test_school), "steps": steps, "batch": BATCH, "seed": SEED[name], "torch": torch.__version__,
            "hardware": f"{platform.machine()}, {args.threads} threads", "seconds": round(time.monotonic() - started),
            "data": {split: worlds[0].digest(split) for split in ("train", "test")},
        }  # fmt: skip
        print(name, json.dumps(facts, indent=2))
        store(name, content, facts)


if __name__ == "__main__":
    main()
