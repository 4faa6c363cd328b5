"""Draw docs/photos.jpg: real people in each other's poses, as `zoo transfer` makes them of two bare photographs.

python benchmarks/photo_picture.py ROOT    # holds photos/pose2sim_persons

The photographs: Pose2Sim's demo videos (BSD-3-Clause, perfanalytics) and COCO val2017 #785 (CC BY 2.0, flickr 6795644157).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pictures import labelled
from PIL import Image
from torch import Tensor

from zoo.annotation.filling import Filler, Photo
from zoo.annotation.nets import Annotator
from zoo.cli.asking import checked
from zoo.cli.people import Fit
from zoo.cli.studio import Studio
from zoo.documents.files import assets
from zoo.explain import Picture
from zoo.ops.image import to_uint8
from zoo.photos import open_photo, photo_size
from zoo.recipes.catalog import catalog
from zoo.recipes.track import load_track
from zoo.store.registry import registry

WOMAN, SKIER = assets() / "docs/demo/me.jpg", assets() / "docs/demo/pose.jpg"
MAN, BEHIND, BENT = "p0001_c2s1_000010_00.jpg", "p0001_c3s1_000010_00.jpg", "p0001_c1s1_000040_00.jpg"
HEIGHT = 256  # pixels of a picture
SIGHT = 0.57  # of the width: where the skier is
COLUMNS = ("source", "pose of", "transfer")


def main(root: Path) -> None:
    """Nets see joints and regions; two transfers a row."""
    man, behind, bent = (root / "photos/pose2sim_persons/images" / name for name in (MAN, BEHIND, BENT))
    pairs = ((WOMAN, SKIER), (SKIER, man), (WOMAN, man), (man, SKIER), (WOMAN, behind), (WOMAN, bent))
    defaults = registry().defaults
    request = checked(defaults.photo.recipe, variant=defaults.photo.variant, track=defaults.photo.track, device="cpu")
    words = load_track(catalog().tracks[defaults.photo.track]).dataset.options["vocabulary"]
    with TemporaryDirectory() as folder:
        nets = Filler(Annotator(catalog(), defaults.detector, defaults.parser), Path(folder), print, words)
        studio = Studio.of(request, words, Fit.PAD, with_parsing=True)
        pictures = [drawn(nets, studio, source, target) for source, target in pairs]
    rows = [np.concatenate(pictures[i : i + 2], 1) for i in range(0, len(pictures), 2)]
    labelled(np.concatenate(rows, 0), COLUMNS * 2, scale=1).save(assets() / "docs" / "photos.jpg", quality=88, optimize=True)


def drawn(nets: Filler, studio: Studio, source: Path, target: Path) -> Picture:
    """Source, the pose's owner and the transfer, side by side."""
    me = nets.filled(Photo(source), source.stem, regions=True)
    them = nets.filled(Photo(target), f"{target.stem}-pose", regions=False)
    taken, frame = studio.taken(me, them, photo_size(target)), photo_size(source)
    made = studio.own(studio.outcomes(me, {"": taken})[""], studio.whole(me), taken, frame)
    return np.concatenate([shown(open_photo(source)), shown(open_photo(target)), shown(as_photo(made))], 1)


def as_photo(image: Tensor) -> Image.Image:
    """(3,H,W) in [-1,1]."""
    return Image.fromarray(to_uint8(image).permute(1, 2, 0).contiguous().numpy())


def shown(photo: Image.Image) -> Picture:
    """As all are in the picture, with a gap at its right: `HEIGHT` rows, and columns of one width."""
    width = round(HEIGHT * 176 / 256)
    fitting = photo.resize((round(photo.width * HEIGHT / photo.height), HEIGHT), Image.Resampling.LANCZOS)
    left = max(0, min(round(SIGHT * fitting.width - width / 2), fitting.width - width))
    return np.pad(np.asarray(fitting.crop((left, 0, left + width, HEIGHT))), ((0, 4), (0, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
