"""VITON and VITON-HD: one photo of each person, with OpenPose's joints and the regions of a parser of 20 words."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.photos import Fit
from zoo_datasets.folder import UNPAIRED, Folder
from zoo_datasets.kept import MEMORY, Memory
from zoo_datasets.names import PHOTO, Names, read_text
from zoo_datasets.shards import Place
from zoo_datasets.splits import spread

IMAGES = "image"
POSES = ("pose", "openpose_json", "openpose-json")
PARSINGS = ("image-parse", "image-parse-new", "image-parse-v3")
HALVES = ("train", "test")
PAIRS = "test_pairs.txt"

log = logging.getLogger(__name__)


class Viton(Folder):
    """People in `image/`, joints in `pose/`, regions in `image-parse/`, by themselves or below `train/` and `test/`.

    Nobody is in two photos, so that pairs are of a photo and somebody else's pose, whose picture is not looked at: those that
    `test_pairs.txt` lists, if it lies there.
    """

    name = "viton"

    def __init__(
        self,
        context: Context,
        *,
        root: Annotated[str, Option("the folder that everything lies in", "ours")],
        vocabulary: Annotated[str, Option("of the label maps", "ours")] = "cihp20",
        test: Annotated[float, Option("the share of the people who are held out, where no test/ lies there", "ours")] = 0.2,
        test_pairs: Annotated[int | None, Option("how many pairs are scored; all if not said", "ours")] = None,
        fit: Annotated[Fit, Option("how photos are brought to the track's size", "ours")] = "pad",
        memory: Memory = MEMORY,
        shards: Place = "shards",
    ) -> None:
        place = Path(root).expanduser()
        halves = [f"{half}/" for half in HALVES if (place / half / IMAGES).is_dir()]
        self.found = [place / half for half in halves or [""]]
        super().__init__(
            context, root=root, person=PHOTO, images=[f"{half}{IMAGES}/*" for half in halves or [""]],
            joints=self._folders(place, POSES), parsing=self._folders(place, PARSINGS), vocabulary=vocabulary,
            test="test/*" if "test/" in halves else test, pairs=UNPAIRED, test_pairs=test_pairs, fit=fit, memory=memory,
            shards=shards,
        )  # fmt: skip
        if (place / PAIRS).exists():
            self.listed = worn_pairs(self.names, place / PAIRS)

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The listed pairs with both photos in `split`, or photos and strangers' poses."""
        if self.listed is None:
            return super().pairs(split)
        return spread(self.paired(split, self._people(split)), self.test_pairs)

    def _folders(self, place: Path, known: Sequence[str]) -> list[str]:
        """The folder of each half, by one of its usual names."""
        found = [next((half / name for name in known if (half / name).is_dir()), half / known[0]) for half in self.found]
        return [folder.relative_to(place).as_posix() for folder in found]


def worn_pairs(names: Names, path: Path) -> list[tuple[int, int]]:
    """Lines `person garment` of VITON as pairs: the source wears the garment, and takes the person's pose.

    The garment `000010_1.jpg` (in VITON-HD `000010_00.jpg`, like the person) is that of the photo `000010_0.jpg`. Pairs that
    lack a photo are left out, and counted.
    """
    lines = [line.split() for line in read_text(path).splitlines() if line.strip()]
    if any(len(line) != 2 for line in lines):
        raise ZooError(f"{path.name} is not a list of pairs", where=str(path), fix="write a person and a garment on each line")
    found = [(names.find(garment.replace("_1.", "_0."), str(path)), names.find(person, str(path))) for person, garment in lines]
    pairs = [(source, target) for source, target in found if source is not None and target is not None]
    if len(pairs) < len(found):
        log.warning("%s: %d of %d pairs are left out: a photo is not there", path, len(found) - len(pairs), len(found))
    return pairs
