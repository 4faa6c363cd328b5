"""Draw docs/photos.png: real people in each other's poses, by the weights that `zoo transfer` takes for photographs.

python benchmarks/photo_picture.py ROOT    # holds photos/pose2sim_persons and fixtures/coco_person_ccby

The photographs: Pose2Sim's demo videos (BSD-3-Clause, perfanalytics) and COCO val2017 #785 (CC BY 2.0, flickr 6795644157).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pictures import labelled

from zoo.annotation.filling import Filler, Photo
from zoo.annotation.nets import Annotator
from zoo.cli.asking import checked
from zoo.cli.studio import Fit, Studio
from zoo.documents.files import assets
from zoo.editing.transfer import strip, transfer
from zoo.explain import Picture
from zoo.ops.image import to_uint8
from zoo.photos import photo_size
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request
from zoo.store.registry import registry

PERSONS, SKIER = "photos/pose2sim_persons/images/", "fixtures/coco_person_ccby/000000000785.jpg"
PAIRS = (
    (PERSONS + "p0002_c4s1_000000_00.jpg", PERSONS + "p0001_c2s1_000000_00.jpg"),
    (PERSONS + "p0001_c2s1_000000_00.jpg", PERSONS + "p0002_c2s1_000000_00.jpg"),
    (PERSONS + "p0002_c1s1_000000_00.jpg", PERSONS + "p0002_c2s1_000060_00.jpg"),
    (SKIER, PERSONS + "p0001_c4s1_000020_00.jpg"),
)  # source, pose's owner
COLUMNS = ("source", "pose of", "transfer")


def main(root: Path) -> None:
    """Nets see joints and regions; two transfers a row."""
    defaults = registry().defaults
    request = checked(defaults.photo.recipe, track=defaults.photo.track, device="cpu")
    with TemporaryDirectory() as folder:
        nets = Filler(Annotator(catalog(), defaults.detector, defaults.parser), Path(folder), print)
        pictures = [drawn(nets, request, root / source, root / target) for source, target in PAIRS]
    rows = [np.concatenate(pictures[i : i + 2], 1) for i in range(0, len(pictures), 2)]
    labelled(np.concatenate(rows, 0), COLUMNS * 2, scale=1).quantize(256).save(assets() / "docs" / "photos.png", optimize=True)


def drawn(nets: Filler, request: Request, source: Path, target: Path) -> Picture:
    """Source, the pose's owner and the transfer, side by side."""
    me = nets.filled(Photo(source), source.stem, regions=True)
    them = nets.filled(Photo(target), f"{target.stem}-pose", regions=False)
    studio = Studio.of(request, me.words, Fit.PAD, with_parsing=True)
    person, other = studio.person(me), studio.person(them)
    outcome = transfer(studio.model, person, studio.pose(them, photo_size(target)))
    return to_uint8(strip([person, other, outcome], studio.labels)).permute(1, 2, 0).numpy()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
