"""CelebAMask-HQ: faces, the parts of each in masks of their own, and edges instead of joints."""

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, DataReport, Dataset
from zoo.ops.edges import canny_edges, label_edges
from zoo.ops.image import from_uint8
from zoo.ops.regions import one_hot
from zoo.photos import place
from zoo.photos.images import decode, to_bytes
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.types import Pair, Person
from zoo_datasets.kept import MEMORY, Kept, Memory, Pixels
from zoo_datasets.pictures import matching
from zoo_datasets.splits import share, strangers

# The parts in the authors' order, in which later ones lie on top, and the region that each belongs to.
PARTS = {
    "skin": "skin", "nose": "nose", "eye_g": "eyes", "l_eye": "eyes", "r_eye": "eyes", "l_brow": "brows", "r_brow": "brows",
    "l_ear": "rest", "r_ear": "rest", "mouth": "mouth", "u_lip": "mouth", "l_lip": "mouth", "hair": "hair", "hat": "rest",
    "ear_r": "rest", "neck_l": "rest", "neck": "skin", "cloth": "rest",
}  # fmt: skip
FACES = vocabulary("face8")
_OUTSIDE = ("hat", "ear_r", "neck_l", "neck", "cloth")  # their outlines are no edges of a face
_NUMBER = {part: number for number, part in enumerate(PARTS, 1)}  # 0 is the background
_REGION = torch.tensor([0, *(FACES.index(region) for region in PARTS.values())])
_EDGED = torch.tensor([0, *(0 if part in _OUTSIDE else number for part, number in _NUMBER.items())])

log = logging.getLogger(__name__)


class CelebAHQ(Dataset):
    """Faces `CelebA-HQ-img/N.jpg` with masks `CelebAMask-HQ-mask-anno/*/NNNNN_part.png`, each of somebody else.

    A test pair is a face and somebody else's edges, whose picture is not looked at. Faces without a mask of their skin are left
    out, and counted.
    """

    vocabulary = FACES.name

    def __init__(
        self,
        context: Context,
        *,
        root: Annotated[str, Option("the folder that everything lies in", "ours")],
        images: Annotated[str, Option("pattern of the photos", "ours")] = "CelebA-HQ-img/*.jpg",
        masks: Annotated[str, Option("folder of the masks", "ours")] = "CelebAMask-HQ-mask-anno",
        test: Annotated[float, Option("the share of the faces that is held out", "ours")] = 0.1,
        test_pairs: Annotated[
            int | None, Option("how many pairs are scored; each held-out face once if not said", "ours")
        ] = None,
        memory: Memory = MEMORY,
    ) -> None:
        self.root, self.size, self.test_pairs = Path(root).expanduser(), context.size, test_pairs
        self.where = f"dataset datasets.celebahq, root {self.root}"
        for folder in (self.root, self.root / masks):
            if not folder.is_dir():
                fix = "say where CelebAMask-HQ lies: --root DIR"
                raise ZooError(f"there is no folder {folder}", where="dataset datasets.celebahq", fix=fix)
        self.pictures = matching(self.root, [images], self.where)
        self.masks = self._masks(self.root / masks)
        self.kept = self._complete()
        self.people = {self.pictures.names[i]: [i] for i in self.kept}
        held = share(self.people, test)
        self.members = {"train": [i for i in self.kept if i not in held], "test": [i for i in self.kept if i in held]}
        self.pixels = Kept(self._decode, len(self.pictures.names), self.size, memory)

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """Everybody's one photo."""
        return [[i] for i in self.members[split]]

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """Faces and the edges of others."""
        people = {self.pictures.names[i]: [i] for i in self.members[split]}
        return strangers(people, self.test_pairs or len(people))

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch; an index means the same photo in every split."""
        source = self._faces(sources.tolist())
        target = source if torch.equal(sources, targets) else self._faces(targets.tolist())
        stems = [[Path(self.pictures.names[i]).stem for i in side.tolist()] for side in (sources, targets)]
        names = tuple("->".join(pair) for pair in zip(*stems, strict=True))
        return Pair(source=source, target=target.but(image=None) if split == "test" else target, names=names)

    def digest(self, split: str) -> str:
        """sha256 of photos, masks and pairs, and of how they are read."""
        digest = hashlib.sha256(repr((self.size, self.pairs(split))).encode())
        for i in self.members[split]:
            masks = (self.masks[i][part].read_bytes() for part in PARTS if part in self.masks[i])
            digest.update(self.pictures.names[i].encode() + self.pictures.content(i) + b"".join(masks))
        return digest.hexdigest()

    def report(self) -> DataReport:
        """What lies there, and which faces are left out."""
        names, kept = self.pictures.names, set(self.kept)
        return DataReport(
            counts={"photos": len(names), "masks": sum(map(len, self.masks.values()))},
            left_out={"without a mask of skin": [name for i, name in enumerate(names) if i not in kept]},
        )

    def _faces(self, indices: Sequence[int]) -> Person:
        photos, parts = self.pixels.read(indices)
        image, parts = from_uint8(photos), parts.long()
        return Person(
            size=self.size,
            joints=torch.zeros(len(indices), JOINTS, 2),
            visible=torch.zeros(len(indices), JOINTS, dtype=torch.bool),
            image=image,
            parsing=one_hot(_REGION[parts], len(FACES)),
            edges=face_edges(image, parts),
        )

    def _decode(self, i: int) -> Pixels:
        """A photo, and the number of the part that each pixel is of."""
        photo = self.pictures.open(i)
        parts = _laid(self.masks[i])
        placed = [place((picture.height, picture.width), self.size) for picture in (photo, parts)]
        return to_bytes(placed[0].picture(photo)), torch.from_numpy(np.array(placed[1].labels(parts, 0)))

    def _masks(self, folder: Path) -> dict[int, dict[str, Path]]:
        """The masks of each photo by their parts: `00012_hair.png` is of `12.jpg`."""
        index = {int(stem): i for i, name in enumerate(self.pictures.names) if (stem := Path(name).stem).isdecimal()}
        masks: dict[int, dict[str, Path]] = defaultdict(dict)
        for path in sorted(folder.rglob("*.png")):
            named = re.fullmatch(r"([0-9]+)_(\w+)", path.stem)
            if named and int(named[1]) in index and named[2] in PARTS:
                masks[index[int(named[1])]][named[2]] = path
        return masks

    def _complete(self) -> list[int]:
        everybody = len(self.pictures.names)
        kept = [i for i in range(everybody) if "skin" in self.masks.get(i, {})]
        count = f"{everybody - len(kept)} of {everybody} faces are left out: without a mask of skin"
        if len(kept) < 2:
            raise ZooError(count, where=self.where, fix="masks are called NNNNN_part.png, 00012_skin.png for 12.jpg")
        if len(kept) < everybody:
            log.warning("%s: %s", self.where, count)
        return kept


def face_edges(image: Tensor, parts: Tensor) -> Tensor:
    """(B,1,H,W) in {0,1}: the outlines of the parts of the face (B,H,W), and Canny's edges of the photo around it (CoCosNet).

    `image` (B,3,H,W) in [-1,1]. Canny's edges count where nothing of the face but hair is.
    """
    edged = _EDGED[parts]
    around = ((edged == 0) | (edged == _NUMBER["hair"]))[:, None]
    return torch.maximum(label_edges(edged), canny_edges((image + 1) / 2) * around)


def _laid(masks: dict[str, Path]) -> Image.Image:
    """The numbers of the parts, one over the other, as a picture of mode L."""
    labels: np.ndarray | None = None
    for part, number in _NUMBER.items():
        if part in masks:
            mask = np.array(decode(masks[part], ("PNG",)).convert("L")) > 127
            labels = np.zeros(mask.shape, np.uint8) if labels is None else labels
            if mask.shape != labels.shape:
                what = f"{masks[part].name} is {mask.shape[0]}x{mask.shape[1]}, the skin {labels.shape[0]}x{labels.shape[1]}"
                raise ZooError(what, where=str(masks[part]), fix="use the masks as their authors made them")
            labels[mask] = number
    assert labels is not None, "a face that is kept has a mask"
    return Image.fromarray(labels)
