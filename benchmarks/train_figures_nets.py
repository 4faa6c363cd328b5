"""Train the feature net, the pose detector and the judge of Figures on its train identities; measure them on its test ones.

    python benchmarks/train_figures_nets.py features detector judge

Writes plugins/zoo_figures/weights/{features,detector,judge}.safetensors (fp16) and accuracy.json beside them.
"""

import argparse
import hashlib
import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from zoo.interfaces import Context
from zoo.ops.maps import heat_maps, scale_joints
from zoo.regions import vocabulary
from zoo.types import Bundle
from zoo_figures import stored
from zoo_figures.dataset import People
from zoo_figures.nets import Features, FigureDetector, FigureJudge, soft_argmax

SIZE = (64, 64)
SEED = {"features": 11, "detector": 17, "judge": 23}
BATCH = 32
# hair | skin | upper, dress | coat | pants, skirt | shoes: the regions whose colours are to be told
GROUPS = ((2,), (10, 13, 14, 15, 16, 17), (5, 6), (7,), (9, 12), (18, 19))
COLOURS = 6 * len(GROUPS)  # mean and deviation of three channels
TEXTURES = 6
SHARPNESS = 20.0  # of the softmax that reads a joint off a map of 0 to 1


@dataclass(frozen=True, kw_only=True)
class Lesson(Bundle):
    """B images and what is to be read off them."""

    image: Tensor  # (B,3,H,W) in [-1,1], augmented
    labels: Tensor  # (B,H,W) int64
    joints: Tensor  # (B,18,2)
    visible: Tensor  # (B,18) bool
    colours: Tensor  # (B,36)
    present: Tensor  # (B,36) 0 or 1
    textures: Tensor  # (B,2) int64: upper, lower


class School:
    """Batches of lessons from one or more Figures data sets."""

    def __init__(self, split: str, worlds: list[People]) -> None:
        self.split, self.worlds = split, worlds
        self.textures = [self._textures(world) for world in worlds]

    def _textures(self, world: People) -> Tensor:
        images = torch.arange(world.people[self.split] * world.views)
        return torch.cat([world.stage(self.split, part).look.texture[:, 3:5].cpu() for part in images.split(600)])

    def lesson(self, world: int, images: Tensor, generator: torch.Generator | None = None) -> Lesson:
        """`generator` augments; without one the images are as rendered."""
        person = self.worlds[world].load(self.split, images, images).source
        assert person.image is not None and person.parsing is not None
        image = person.image if generator is None else augmented(person.image, generator)
        colours, present = region_colours(image, person.parsing)
        return Lesson(
            image=image, labels=person.parsing.argmax(1), joints=person.joints, visible=person.visible,
            colours=colours, present=present, textures=self.textures[world][images],
        )  # fmt: skip

    def draw(self, step: int, seed: int) -> Lesson:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        world = step % len(self.worlds)
        images = torch.randint(len(self.textures[world]), (BATCH,), generator=generator)
        return self.lesson(world, images, generator)


def augmented(image: Tensor, generator: torch.Generator) -> Tensor:
    """Blur, noise and colour jitter, each in some of the images: generated images are less crisp than rendered ones."""

    def roll(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(image), 1, 1, 1, generator=generator)

    soft = F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, 1)
    image = torch.lerp(image, soft, roll(-0.6, 1).clamp(min=0))
    tint = 1 + 0.12 * (torch.rand(len(image), 3, 1, 1, generator=generator) - 0.5)
    image = image * roll(0.9, 1.1) * tint + roll(-0.08, 0.08)
    noise = torch.randn(image.shape, generator=generator)
    return (image + roll(-0.05, 0.08).clamp(min=0) * noise).clamp(-1, 1)


def region_colours(image: Tensor, parsing: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of the colour of each group (B,36), and which groups cover at least 6 pixels (B,36)."""
    masks = torch.stack([parsing[:, list(group)].sum(1) for group in GROUPS], 1).flatten(2)
    area = masks.sum(-1)
    pixels = image.flatten(2)
    mean = torch.einsum("bgn,bcn->bgc", masks, pixels) / area.clamp(min=1)[..., None]
    square = torch.einsum("bgn,bcn->bgc", masks, pixels.square()) / area.clamp(min=1)[..., None]
    deviation = (square - mean.square()).clamp(min=1e-6).sqrt()
    present = (area >= 6)[..., None].expand(-1, -1, 6)
    return torch.cat((mean, deviation), -1).flatten(1), present.flatten(1).float()


# ---------------------------------------------------------------- what each net is taught
class FeatureTask(nn.Module):
    """Regions (summed logits of all stages, as in FCN), reconstructions, colours and textures."""

    net: Features

    def __init__(self) -> None:
        super().__init__()
        self.net = Features(context(), weights=False)
        add_norms(self.net)
        self.taps = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")
        widths = [self.net.layers[tap][0] for tap in self.taps]
        self.regions = nn.ModuleList(nn.Conv2d(width, 20, 1) for width in widths)
        self.paint = nn.ModuleList(nn.Conv2d(width, 3 * r * r, 1) for width, r in zip(widths[1:4], (2, 4, 4), strict=True))
        self.colours = nn.Linear(sum(widths[2:]), COLOURS)
        self.textures = nn.Linear(sum(widths[2:]), 2 * TEXTURES)

    def read(self, lesson: Lesson) -> dict[str, Tensor]:
        maps = list(self.net(lesson.image, self.taps).values())
        logits = self.regions[-1](maps[-1])
        for head, x in zip(self.regions[-2::-1], maps[-2::-1], strict=True):
            logits = F.interpolate(logits, x.shape[-2:], mode="bilinear") + head(x)
        pooled = torch.cat([x.mean((2, 3)) for x in maps[2:]], 1)
        painted = [F.pixel_shuffle(head(x), r) for head, x, r in zip(self.paint, maps[1:4], (2, 4, 4), strict=True)]
        small = F.avg_pool2d(lesson.image, 2)
        paint = sum((p.float() - t).abs().mean() for p, t in zip(painted, (lesson.image, lesson.image, small), strict=True))
        return {"parsing": logits, "colours": self.colours(pooled), "textures": self.textures(pooled), "paint": paint}

    def loss(self, lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
        return (
            region_loss(lesson, read) + 3 * colour_loss(lesson, read) + 0.3 * texture_loss(lesson, read) + 1.5 * read["paint"]
        )


def add_norms(net: Features) -> None:
    """Batch normalisation while it learns; VGG itself has none."""
    for i, module in enumerate(net.features):
        if isinstance(module, nn.Conv2d):
            net.features[i] = nn.Sequential(module, nn.BatchNorm2d(module.out_channels))


def fold_norms(net: Features) -> None:
    """The same function in plain convolutions."""
    for i, module in enumerate(net.features):
        if isinstance(module, nn.Sequential):
            conv, norm = module
            assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            net.features[i] = fuse_conv_bn_eval(conv, norm)


class JudgeTask(nn.Module):
    """Joints, presence, regions, colours and textures."""

    net: FigureJudge

    def __init__(self) -> None:
        super().__init__()
        self.net = FigureJudge(context(), weights=False)
        self.colours = nn.Linear(self.net.width, COLOURS)
        self.textures = nn.Linear(self.net.width, 2 * TEXTURES)

    def read(self, lesson: Lesson) -> dict[str, Tensor]:
        features, heat, presence, parsing = self.net.look(lesson.image)
        heads = {"colours": self.colours(features), "textures": self.textures(features)}
        return {"heat": heat, "presence": presence, "parsing": parsing, **heads}

    def loss(self, lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
        heat, shown = read["heat"].float(), lesson.visible.float()
        wanted = spots(lesson.joints, heat.shape[-2:])
        where = -(wanted * heat.flatten(2).log_softmax(-1)).sum(-1)
        miss = (soft_argmax(heat, SIZE) - lesson.joints).abs().mean(-1).clamp(max=16)
        joints = ((0.5 * where + 0.3 * miss) * shown).sum() / shown.sum()
        presence = F.binary_cross_entropy_with_logits(read["presence"].float(), shown)
        return (
            joints + presence + 2 * region_loss(lesson, read) + 3 * colour_loss(lesson, read) + 0.3 * texture_loss(lesson, read)
        )


class DetectorTask(nn.Module):
    """Heat maps, by their mean squared error; the few pixels of a joint weigh more (the detector of SPT's pose loss)."""

    net: FigureDetector

    def __init__(self) -> None:
        super().__init__()
        self.net = FigureDetector(context(), weights=False)

    def read(self, lesson: Lesson) -> dict[str, Tensor]:
        maps = self.net(lesson.image)
        return {"maps": maps, "heat": SHARPNESS * maps}

    def loss(self, lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
        heat = read["maps"].float()
        grid = (heat.shape[2], heat.shape[3])
        wanted = heat_maps(scale_joints(lesson.joints, SIZE, grid), lesson.visible, grid, self.net.sigma)
        return 100 * ((1 + 9 * wanted) * (heat - wanted).square()).mean()


def spots(joints: Tensor, grid: torch.Size) -> Tensor:
    """Targets (B,18,h*w): a normalised Gaussian of one cell around each joint."""
    h, w = grid
    cell = SIZE[0] / h
    x = (joints[..., :1] + 0.5) / cell - 0.5 - torch.arange(w)
    y = (joints[..., 1:] + 0.5) / cell - 0.5 - torch.arange(h)
    bell = torch.exp(-0.5 * (y[..., :, None].square() + x[..., None, :].square())).flatten(2)
    return bell / bell.sum(-1, keepdim=True).clamp(min=1e-6)


def region_loss(lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
    """Cross entropy, rare regions weighted up by the fourth root of their rarity."""
    share = torch.bincount(lesson.labels.flatten(), minlength=20) / lesson.labels.numel()
    weight = (0.02 / share.clamp(min=1e-4)).pow(0.25).clamp(0.5, 2)
    return F.cross_entropy(read["parsing"].float(), lesson.labels, weight)


def colour_loss(lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
    miss = (read["colours"].float() - lesson.colours).abs()
    return (miss * lesson.present).sum() / lesson.present.sum()


def texture_loss(lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
    return F.cross_entropy(read["textures"].float().view(-1, TEXTURES), lesson.textures.flatten())


Task = FeatureTask | DetectorTask | JudgeTask
TASKS: dict[str, type[Task]] = {"features": FeatureTask, "detector": DetectorTask, "judge": JudgeTask}
STEPS = {"features": 1500, "detector": 4000, "judge": 3000}


# ---------------------------------------------------------------- training and measuring
def context() -> Context:
    return Context(size=SIZE, regions=vocabulary("cihp20"))


def train(task: Task, school: School, steps: int, seed: int) -> None:
    """AdamW, one cycle, bf16 products."""
    optimiser = torch.optim.AdamW(task.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps, pct_start=0.1)
    started = time.monotonic()
    for step in range(steps):
        lesson = school.draw(step, seed)
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
    stored.FOLDER.mkdir(exist_ok=True)
    record = stored.FOLDER / stored.FACTS
    known = json.loads(record.read_text()) if record.exists() else {}
    known[name] = {"sha256": hashlib.sha256(content).hexdigest(), **facts}
    replace(stored.FOLDER / f"{name}.safetensors", content)
    replace(record, (json.dumps(known, indent=2, sort_keys=True) + "\n").encode())


def replace(path: Path, content: bytes) -> None:
    half = path.with_suffix(".tmp")
    half.write_bytes(content)
    half.replace(path)


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
