"""What each net of `zoo_photos` is taught: what it is shown, and how it is corrected."""

from abc import ABC, abstractmethod
from pathlib import Path

import safetensors.torch
import torch
from photo_shelf import SIZE, SURE, UNKNOWN, Shelf
from photo_views import Chance, Scene, beside, close, covered, crowd, elsewhere, lit, people_boxes, plates, worn
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from zoo.interfaces import Context
from zoo.ops.maps import heat_maps, scale_joints
from zoo.regions import remap_table, vocabulary
from zoo.skeleton import JOINT_FLIP
from zoo_photos.detector import ROWS, PhotoDetector
from zoo_photos.features import PhotoFeatures
from zoo_photos.judge import PhotoJudge
from zoo_photos.parser import PhotoParser
from zoo_photos.peaks import peaks
from zoo_photos.trunk import Trunk

CONTEXT = Context(size=SIZE, regions=vocabulary("cihp20"))
SHARPNESS = 16.0  # of the softmax over a heat map of 0 to 1
NEAR = 12.0  # pixels at 256 rows within which a joint is found


class Lesson(nn.Module, ABC):
    """A net, what only its training needs, and its photographs."""

    net: nn.Module
    batch: int
    rate = 1.5e-3
    gentle = 0.3  # of the rate, for weights that begin as ImageNet's

    def begin(self, shelf: Shelf, imagenet: Path) -> None:
        """What cannot be a module's: the photos on the device, and the weights to start from."""
        self.shelf = shelf
        self.train_photos = (~shelf.test).nonzero()[:, 0]
        self.parsed_photos = (~shelf.test & shelf.parsed).nonzero()[:, 0]
        self.plate = plates(shelf, self.parsed_photos)

    def products(self) -> torch.autocast:
        """bf16 around the nets only: coordinates would suffer."""
        return torch.autocast(self.plate.device.type, torch.bfloat16)

    @abstractmethod
    def loss(self, chance: Chance) -> Tensor:
        """Of one fresh batch."""

    @abstractmethod
    def measure(self) -> dict[str, float]:
        """Accuracy on the held-out tenth."""

    def finish(self) -> None:
        """The last change to the net before it is stored."""
        return

    def groups(self) -> list[dict[str, object]]:
        """Parameters by how fast they learn; vectors do not decay."""
        trunk = {id(p) for m in self.modules() if isinstance(m, Trunk) for p in m.parameters()}
        made: dict[tuple[float, float], list[nn.Parameter]] = {}
        for p in self.parameters():
            if p.requires_grad:
                key = (self.gentle if id(p) in trunk else 1.0, 0.02 if p.dim() > 1 else 0.0)
                made.setdefault(key, []).append(p)
        return [{"params": ps, "share": share, "weight_decay": decay} for (share, decay), ps in made.items()]


def fill(trunk: Trunk, path: Path) -> None:
    """ImageNet's weights, in timm's names; blocks that the trunk leaves out are left out."""
    found = {k: v.float() for k, v in safetensors.torch.load_file(path).items()}
    trunk.load_state_dict({k: found[k] for k in trunk.state_dict()}, strict=True)


def quiet(head: nn.Conv2d, bias: float = 0.0) -> None:
    """A head that begins by saying next to nothing: most of its map is to be empty."""
    nn.init.normal_(head.weight, std=1e-3)
    assert head.bias is not None
    nn.init.constant_(head.bias, bias)


# ---------------------------------------------------------------- joints
def joint_loss(heat: Tensor, joints: Tensor, shown: Tensor, known: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Squared error of the maps, the few cells of a joint weighing more; and where the peak stands above the rest."""
    grid = (heat.shape[2], heat.shape[3])
    wanted = heat_maps(scale_joints(joints, size, grid), shown.bool(), grid, sigma)
    heat = heat.float()
    error = ((1 + 9 * wanted) * (heat - wanted).square()).mean((2, 3))
    sharp = wanted.square().flatten(2)  # half the variance
    sharp = sharp / sharp.sum(-1, keepdim=True).clamp(min=1e-6)
    where = -(sharp * (SHARPNESS * heat).flatten(2).log_softmax(-1)).sum(-1)
    return 60 * (error * known).sum() / known.sum().clamp(min=1) + 0.1 * (where * shown * known).sum() / shown.sum().clamp(
        min=1
    )


def people_loss(middle: Tensor, side: Tensor, scene: Scene, size: int) -> Tensor:
    """Middles as CenterNet has them (Zhou et al. 2019, eq. 1: focal), sides by their logarithm near the middles."""
    grid = (middle.shape[2], middle.shape[3])
    count = scene.there.shape[1]
    boxes = [people_boxes(scene.joints[:, k], scene.shown[:, k]) for k in range(count)]
    centre, sides = torch.stack([b[0] for b in boxes], 1), torch.stack([b[1] for b in boxes], 1)
    spots = heat_maps(scale_joints(centre, (size, size), grid), scene.there.bool(), grid, sigma=2.0)
    wanted, whose = spots.max(1, keepdim=True)
    logits = middle.float()
    p = logits.sigmoid()
    peak = (wanted > 0.9).float()
    right = -peak * (1 - p).square() * F.logsigmoid(logits)
    wrong = -(1 - peak) * (1 - wanted) ** 4 * p.square() * F.logsigmoid(-logits)
    focal = (right + wrong).sum() / peak.sum().clamp(min=1)
    target = sides.log2()[..., None, None].expand(-1, -1, *grid).gather(1, whose)
    near = (wanted > 0.5).float()
    return focal + ((side.float() - target).abs() * near).sum() / near.sum().clamp(min=1)


def joint_scores(found: Tensor, shelf: Shelf, photos: Tensor) -> dict[str, float]:
    """Against the teacher's sure joints, in pixels at 256 rows."""
    miss = (found - shelf.joints[photos]).norm(dim=-1)[shelf.confidence[photos] >= SURE]
    return {"within_12px": float((miss <= NEAR).float().mean()), "median_px": float(miss.median())}


class DetectorLesson(Lesson):
    """One person close by, others beside them; and people small in a picture."""

    net: PhotoDetector
    batch = 64

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoDetector(CONTEXT, weights=False)

    def begin(self, shelf: Shelf, imagenet: Path) -> None:
        super().begin(shelf, imagenet)
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
        main = elsewhere(views[0], self.plate, chance, 0.5)
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


# ---------------------------------------------------------------- regions
def region_weights(shelf: Shelf) -> Tensor:
    """(20): rare regions weigh more, by the fourth root of their rarity."""
    share = torch.bincount(shelf.labels[shelf.parsed & ~shelf.test].flatten().int(), minlength=20).float()
    share = share / share.sum()
    return (0.02 / share.clamp(min=1e-4)).pow(0.25).clamp(0.5, 2)


def masks(labels: Tensor) -> Tensor:
    """(B,20,H,W) 0 or 1, nothing where the label is UNKNOWN."""
    return (labels[:, None] == torch.arange(20, device=labels.device)[:, None, None]).float()


def region_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy, and one minus the soft overlap of each region of the batch (Jaccard)."""
    logits = logits.float()
    cross = F.cross_entropy(logits, labels, weights, ignore_index=UNKNOWN)
    known = (labels != UNKNOWN)[:, None]
    share = logits.softmax(1) * known
    truth = masks(labels)
    both = (share * truth).sum((0, 2, 3))
    either = share.sum((0, 2, 3)) + truth.sum((0, 2, 3)) - both
    present = (truth.sum((0, 2, 3)) > 0).float()
    return cross + 0.5 * ((1 - both / either.clamp(min=1)) * present).sum() / present.sum()


def region_scores(logits: list[Tensor], labels: list[Tensor], to: str) -> dict[str, float]:
    """Overlap (IoU) of each region of the vocabulary `to`, from logits and labels in cihp20, and their mean."""
    table = torch.tensor(remap_table("cihp20", to))
    names = vocabulary(to).labels
    confusion = torch.zeros(len(names), len(names))
    for found, truth in zip(logits, labels, strict=True):
        share = torch.zeros(len(found), len(names), *found.shape[-2:]).index_add_(1, table, found.float().cpu().softmax(1))
        pairs = table[truth.cpu()] * len(names) + share.argmax(1)
        confusion += torch.bincount(pairs.flatten(), minlength=len(names) ** 2).view(confusion.shape)
    hits = confusion.diagonal()
    union = confusion.sum(0) + confusion.sum(1) - hits
    overlap = {name: float(h / u) for name, h, u in zip(names, hits, union, strict=True) if u > 0}
    return {"miou": sum(overlap.values()) / len(overlap), **overlap}


class ParserLesson(Lesson):
    """Regions of people whose joints are nearly known, in the street and before any background."""

    net: PhotoParser
    batch = 16
    size = (512, 352)

    def __init__(self) -> None:
        super().__init__()
        self.net = PhotoParser(CONTEXT, weights=False)

    def begin(self, shelf: Shelf, imagenet: Path) -> None:
        super().begin(shelf, imagenet)
        fill(self.net.trunk, imagenet / "imagenet-lite0.safetensors")
        nn.init.zeros_(self.net.hint.weight)
        self.weights = region_weights(shelf)

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


# ---------------------------------------------------------------- features
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

    def begin(self, shelf: Shelf, imagenet: Path) -> None:
        super().begin(shelf, imagenet)
        fill(self.teacher, imagenet / "imagenet-lite0.safetensors")
        self.weights = region_weights(shelf)

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


# ---------------------------------------------------------------- judge
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

    def begin(self, shelf: Shelf, imagenet: Path) -> None:
        super().begin(shelf, imagenet)
        fill(self.net.trunk, imagenet / "imagenet-lite1.safetensors")
        quiet(self.net.heat)
        self.weights = region_weights(shelf)

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


def colour_loss(read: Tensor, image: Tensor, labels: Tensor) -> Tensor:
    """Of the mean colour (B,60) of each region that covers at least 60 pixels."""
    truth = masks(labels)
    area = truth.sum((2, 3))
    mean = torch.einsum("brhw,bchw->brc", truth, image) / area.clamp(min=1)[..., None]
    miss = (read.view_as(mean) - mean).abs().mean(-1)
    present = (area >= 60).float()
    return (miss * present).sum() / present.sum().clamp(min=1)


def kinship_loss(a: Tensor, b: Tensor) -> Tensor:
    """Each view's other view is to be told from the others' (InfoNCE, van den Oord et al. 2018)."""
    likeness = 10 * F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
    truth = torch.arange(len(a), device=a.device)
    return F.cross_entropy(likeness, truth) + F.cross_entropy(likeness.T, truth)


LESSONS: dict[str, type[Lesson]] = {
    "detector": DetectorLesson, "parser": ParserLesson, "features": FeatureLesson, "judge": JudgeLesson,
}  # fmt: skip
