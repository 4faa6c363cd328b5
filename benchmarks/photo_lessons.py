"""What each net of `zoo_photos` is taught: what it is shown, and how it is corrected."""

from pathlib import Path

import torch
from photo_backs import balanced, turned
from photo_figures import with_figures
from photo_lesson import CONTEXT, Lesson, fill, quiet
from photo_looks import covered, lit, worn
from photo_losses import (
    colour_loss,
    joint_loss,
    joint_scores,
    kinship_loss,
    people_loss,
    region_loss,
    region_scores,
    region_weights,
)
from photo_shelf import SIZE, SURE, Shelf
from photo_views import Chance, beside, close, crowd, elsewhere
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from zoo.regions import vocabulary
from zoo.skeleton import JOINT_FLIP
from zoo_photos.detector import ROWS, PhotoDetector
from zoo_photos.features import PhotoFeatures
from zoo_photos.judge import PhotoJudge
from zoo_photos.parser import PhotoParser
from zoo_photos.peaks import peaks
from zoo_photos.trunk import Trunk

FIGURES, FIGURE_SHARE = 1500, 0.2  # how many are drawn, and how many of all that is seen


class DetectorLesson(Lesson):
    """One person close by, others beside them; and people small in a picture."""

    net: PhotoDetector
    batch = 64

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoDetector(CONTEXT, weights=False)

    def begin(self, shelf: Shelf) -> None:
        super().begin(shelf)
        photos = balanced(shelf, self.train_photos)
        self.shelf = with_figures(shelf, FIGURES)
        figures = torch.arange(len(shelf.names), len(self.shelf.names), device=photos.device)
        share = round(len(photos) / (1 / FIGURE_SHARE - 1) / len(figures))
        self.train_photos = torch.cat((photos, figures.repeat(share)))

    def fresh(self, imagenet: Path) -> None:
        fill(self.net.trunk, imagenet / "imagenet-lite0.safetensors")
        quiet(self.net.heat)
        quiet(self.net.middle, -4.0)
        quiet(self.net.side)

    def loss(self, chance: Chance) -> Tensor:
        near, far = 3 * self.batch // 4, self.batch // 4
        size = (ROWS, ROWS)
        views = [
            close(self.shelf, chance.pick(photos, near), size, chance, halves=0.35, room=(0.95, 1.8))
            for photos in (self.train_photos, self.parsed_photos)
        ]
        main = turned(elsewhere(views[0], self.plate, chance, 0.5), chance, 0.5)
        scene = beside(main, views[1], chance, 0.2)
        people = [chance.pick(self.train_photos, far) for _ in range(3)]
        wide = crowd(self.shelf, people, self.plate, ROWS, chance)
        image, _ = worn(lit(torch.cat((covered(scene.image, chance, 0.3), wide.image)), chance), chance)
        with self.products():
            heat, middle, side = self.net.look(image * 2 - 1)
        alone = (wide.there.sum(1) == 1).float() * wide.there[:, 0]
        known = torch.cat((main.known, wide.known[:, 0] * alone[:, None]))
        joints, shown = torch.cat((main.joints, wide.joints[:, 0])), torch.cat((main.shown, wide.shown[:, 0]))
        return (
            joint_loss(heat, joints, shown, known, size, self.net.sigma)
            + 0.3 * people_loss(middle[:near], side[:near], scene, ROWS)
            + 0.3 * people_loss(middle[near:], side[near:], wide, ROWS)
        )

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        photos = self.shelf.test.nonzero()[:, 0]
        found = [self._found(self.shelf.images[part]) for part in photos.split(32)]
        return joint_scores(torch.cat(found), self.shelf, photos)

    def _found(self, images: Tensor) -> Tensor:
        return peaks(self.net(images.float() / 127.5 - 1).float(), self.net.sigma, SIZE)[0]


class ParserLesson(Lesson):
    """Regions of people whose joints are nearly known, in the street and before any background."""

    net: PhotoParser
    batch = 16
    size = (512, 352)

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoParser(CONTEXT, weights=False)

    def begin(self, shelf: Shelf) -> None:
        super().begin(shelf)
        self.weights = region_weights(shelf)

    def fresh(self, imagenet: Path) -> None:
        fill(self.net.trunk, imagenet / "imagenet-lite0.safetensors")
        nn.init.zeros_(self.net.hint.weight)

    def loss(self, chance: Chance) -> Tensor:
        photos = chance.pick(self.parsed_photos, self.batch)
        view = close(self.shelf, photos, self.size, chance, halves=0.2, room=(1.05, 1.6))
        view = elsewhere(view, self.plate, chance, 0.35)
        image, _ = worn(lit(view.image, chance), chance)
        joints = view.joints + 3 * chance.normal(*view.joints.shape) * chance.uniform(0, 2, self.batch, 1, 1)
        shown = view.shown.bool() & ~chance.coin(0.08, *view.shown.shape)
        with self.products():
            logits = self.net.look(image * 2 - 1, joints, shown, self.size)
        return region_loss(F.interpolate(logits.float(), self.size, mode="bilinear"), view.labels, self.weights)

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        photos = (self.shelf.test & self.shelf.parsed).nonzero()[:, 0].split(16)
        logits = [self._found(part) for part in photos]
        return region_scores(logits, [self.shelf.labels[part].long() for part in photos], "spt10")

    def _found(self, photos: Tensor) -> Tensor:
        image = self.shelf.images[photos].float() / 127.5 - 1
        joints, shown = self.shelf.joints[photos], self.shelf.confidence[photos] >= SURE
        return both_ways(self.net, image, joints, shown).cpu()


def both_ways(net: nn.Module, image: Tensor, joints: Tensor, visible: Tensor) -> Tensor:
    """The mean of a parser's logits for an image and for its mirror image."""
    order = list(JOINT_FLIP)
    mirrored = torch.stack((image.shape[-1] - 1 - joints[..., 0], joints[..., 1]), -1)[:, order]
    swap = torch.arange(20)
    for a, b in vocabulary("cihp20").flip:
        swap[a], swap[b] = b, a
    back = net(image.flip(-1), mirrored, visible[:, order]).flip(-1)
    return (net(image, joints, visible) + back[:, swap.to(back.device)]) / 2


class FeatureLesson(Lesson):
    """What an ImageNet net sees of the same photo, regions, and the photo itself again."""

    net: PhotoFeatures
    batch = 64
    rate = 2e-3
    taps = ("relu2_2", "relu3_4", "relu4_4", "relu5_4")

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoFeatures(CONTEXT, weights=False)
        add_norms(self.net)
        self.teacher = Trunk("tf_efficientnet_lite0", last=4).requires_grad_(False).eval()
        widths = [self.net.layers[tap][0] for tap in self.taps]
        told = (24, 40, 112, 192)  # of the teacher's strides 4, 8, 16, 32, which are 2, 4, 8, 16 as it sees the photo doubled
        self.echo = nn.ModuleList(nn.Conv2d(w, t, 1) for w, t in zip(widths, told, strict=True))
        self.level = nn.ModuleList(nn.BatchNorm2d(t, affine=False, momentum=0.02) for t in told)
        self.regions = nn.ModuleList(nn.Conv2d(w, 20, 1) for w in widths)
        self.paint = nn.ModuleList(nn.Conv2d(w, 3 * r * r, 1) for w, r in zip(widths[:3], (2, 4, 4), strict=True))

    def train(self, mode: bool = True) -> "FeatureLesson":
        super().train(mode)
        self.teacher.eval()
        return self

    def begin(self, shelf: Shelf) -> None:
        super().begin(shelf)
        self.weights = region_weights(shelf)

    def fresh(self, imagenet: Path) -> None:
        fill(self.teacher, imagenet / "imagenet-lite0.safetensors")

    def loss(self, chance: Chance) -> Tensor:
        photos = torch.cat([chance.pick(part, self.batch // 2) for part in (self.train_photos, self.parsed_photos)])
        size = chance.choice(((128, 96), (192, 128), (256, 176)))
        photos = photos[:: max(1, size[0] * size[1] // 16384)]  # fewer of the larger ones
        view = close(self.shelf, photos, size, chance, halves=0.4, room=(0.6, 1.6))
        view = elsewhere(view, self.plate, chance, 0.3)
        image, _ = worn(lit(view.image, chance), chance)
        image = image * 2 - 1
        with self.products():
            found = list(self.net(image, self.taps).values())
            with torch.no_grad():
                told = self.teacher(F.interpolate(image, scale_factor=2.0, mode="bilinear"))[1:]
            echoes = [head(x) for head, x in zip(self.echo, found, strict=True)]
            painted = [F.pixel_shuffle(head(x), r) for head, x, r in zip(self.paint, found[:3], (2, 4, 4), strict=True)]
            regions = self._regions(found, size)
        pairs = zip(echoes, self.level, told, strict=True)
        echo = sum(F.smooth_l1_loss(said.float(), level(t.float())) for said, level, t in pairs)
        targets = (image, image, F.avg_pool2d(image, 2))
        paint = sum((p.float() - t).abs().mean() for p, t in zip(painted, targets, strict=True))
        return echo + paint + 0.5 * region_loss(regions, view.labels, self.weights)

    def _regions(self, found: list[Tensor], size: tuple[int, int]) -> Tensor:
        logits = self.regions[-1](found[-1])
        for head, x in zip(self.regions[-2::-1], found[-2::-1], strict=True):
            logits = F.interpolate(logits, x.shape[-2:], mode="bilinear") + head(x)
        return F.interpolate(logits.float(), size, mode="bilinear")

    def finish(self) -> None:
        fold_norms(self.net)

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        photos = (self.shelf.test & self.shelf.parsed).nonzero()[:, 0].split(16)
        maps = [self.net(self.shelf.images[part].float() / 127.5 - 1, self.taps) for part in photos]
        logits = [self._regions(list(found.values()), SIZE).cpu() for found in maps]
        return region_scores(logits, [self.shelf.labels[part].long() for part in photos], "spt10")


def add_norms(net: PhotoFeatures) -> None:
    """Batch normalisation while it learns; VGG itself has none."""
    for i, module in enumerate(net.features):
        if isinstance(module, nn.Conv2d):
            net.features[i] = nn.Sequential(module, nn.BatchNorm2d(module.out_channels))


def fold_norms(net: PhotoFeatures) -> None:
    """The same function in plain convolutions."""
    for i, module in enumerate(net.features):
        if isinstance(module, nn.Sequential):
            conv, norm = module
            assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            net.features[i] = fuse_conv_bn_eval(conv, norm)


class JudgeLesson(Lesson):
    """Joints, regions, their colours, how worn the image is, and which of the others shows the same photo."""

    net: PhotoJudge
    batch = 48
    size = (256, 176)

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoJudge(CONTEXT, weights=False)
        width = self.net.width
        self.colours, self.wear = nn.Linear(width, 60), nn.Linear(width, 3)

    def begin(self, shelf: Shelf) -> None:
        super().begin(shelf)
        self.weights = region_weights(shelf)

    def fresh(self, imagenet: Path) -> None:
        fill(self.net.trunk, imagenet / "imagenet-lite1.safetensors")
        quiet(self.net.heat)

    def loss(self, chance: Chance) -> Tensor:
        half = self.batch // 2
        photos = torch.cat([chance.pick(part, half // 2) for part in (self.train_photos, self.parsed_photos)])
        views = [close(self.shelf, photos, self.size, chance, halves=0.2, room=(1.0, 1.6)) for _ in range(2)]
        views = [elsewhere(view, self.plate, chance, 0.35) for view in views]
        shown, told = zip(*(worn(lit(view.image, chance), chance) for view in views), strict=True)
        image, wear = torch.cat(shown) * 2 - 1, torch.cat(told)
        with self.products():
            features, heat, regions = self.net.look(image)
        features = features.float()
        joints, there, known, labels = (
            torch.cat([getattr(view, k) for view in views]) for k in ("joints", "shown", "known", "labels")
        )
        return (
            joint_loss(heat, joints, there, known, self.size, self.net.sigma)
            + region_loss(F.interpolate(regions.float(), self.size, mode="bilinear"), labels, self.weights)
            + 2 * colour_loss(self.colours(features), image, labels)
            + F.mse_loss(self.wear(features), wear)
            + 0.1 * kinship_loss(*features.split(half))
        )

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        photos = self.shelf.test.nonzero()[:, 0]
        seen = [self.net(self.shelf.images[part].float() / 127.5 - 1) for part in photos.split(16)]
        joints = joint_scores(torch.cat([s.joints for s in seen]), self.shelf, photos)
        parsed = self.shelf.parsed[photos].cpu()
        logits, labels = torch.cat([s.parsing.cpu() for s in seen])[parsed], self.shelf.labels[photos].cpu()[parsed].long()
        return joints | region_scores([logits], [labels], "spt10")


LESSONS: dict[str, type[Lesson]] = {
    "detector": DetectorLesson, "parser": ParserLesson, "features": FeatureLesson, "judge": JudgeLesson,
}  # fmt: skip
