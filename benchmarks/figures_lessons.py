"""What the nets of Figures are taught: images, what is to be read off them, and losses."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from zoo.interfaces import Context
from zoo.ops.maps import heat_maps, scale_joints
from zoo.regions import vocabulary
from zoo.types import Bundle
from zoo_figures.codec import FigureCodec
from zoo_figures.dataset import People
from zoo_figures.nets import Features, FigureDetector, FigureJudge, soft_argmax

SIZE = (64, 64)
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

    def draw(self, step: int, seed: int, crisp: bool = False) -> Lesson:
        """The batch of a step; `crisp` images are as rendered."""
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        world = step % len(self.worlds)
        images = torch.randint(len(self.textures[world]), (BATCH,), generator=generator)
        return self.lesson(world, images, None if crisp else generator)


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
def context() -> Context:
    return Context(size=SIZE, regions=vocabulary("cihp20"))


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


class CodecTask(nn.Module):
    """The image itself, from a latent with a little noise, which generators will leave in theirs; pixels and features."""

    net: FigureCodec
    noise = 0.1  # standard deviation; the latent's own is 1
    taps = ("relu1_1", "relu2_1", "relu3_1")

    def __init__(self) -> None:
        super().__init__()
        self.net = FigureCodec(context(), weights=False)
        self.features = Features(context())
        self.to(memory_format=torch.channels_last)  # a third faster

    def read(self, lesson: Lesson) -> dict[str, Tensor]:
        latent = self.net.encode(lesson.image)
        if self.training:
            latent = latent + self.noise * torch.randn_like(latent)
        return {"image": self.net.decode(latent)}

    def loss(self, lesson: Lesson, read: dict[str, Tensor]) -> Tensor:
        image = read["image"].float()
        seen, wanted = self.features(image, self.taps), self.features(lesson.image, self.taps)
        return F.l1_loss(image, lesson.image) + 0.1 * sum(F.l1_loss(seen[tap], wanted[tap]) for tap in self.taps)


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


Task = FeatureTask | DetectorTask | JudgeTask | CodecTask
TASKS: dict[str, type[Task]] = {"features": FeatureTask, "detector": DetectorTask, "judge": JudgeTask, "codec": CodecTask}
