"""Draw docs/photos.jpg: real people in each other's poses, as `zoo transfer` makes them of two bare photographs.

python benchmarks/photo_picture.py ROOT    # holds photos/pose2sim_persons

The photographs: Pose2Sim's demo videos (BSD-3-Clause, perfanalytics) and COCO val2017 #785 (CC BY 2.0, flickr 6795644157).
"""

import sys
from pathlib import Path

import numpy as np
from pictures import labelled
from PIL import Image

import zoo
from zoo.documents.files import assets
from zoo.explain import Picture

WOMAN, SKIER = assets() / "docs/demo/me.jpg", assets() / "docs/demo/pose.jpg"
MAN, BEHIND, BENT = "p0001_c2s1_000010_00.jpg", "p0001_c3s1_000010_00.jpg", "p0001_c1s1_000040_00.jpg"
HEIGHT = 256  # pixels of a picture
SIGHT = 0.57  # of the width: where the skier is
COLUMNS = ("source", "pose of", "transfer")


def main(root: Path) -> None:
    """Nets see joints and regions; two transfers a row."""
    man, behind, bent = (root / "photos/pose2sim_persons/images" / name for name in (MAN, BEHIND, BENT))
    pairs = ((WOMAN, SKIER), (SKIER, man), (WOMAN, man), (man, SKIER), (WOMAN, behind), (WOMAN, bent))
    model, people = zoo.load(device="cpu", tell=print), {path: zoo.person(path) for pair in pairs for path in pair}
    pictures = [drawn(model.transfer(people[source], people[target])) for source, target in pairs]
    rows = [np.concatenate(pictures[i : i + 2], 1) for i in range(0, len(pictures), 2)]
    labelled(np.concatenate(rows, 0), COLUMNS * 2, scale=1).save(assets() / "docs" / "photos.jpg", quality=88, optimize=True)


def drawn(made: zoo.Painting) -> Picture:
    """Source, the pose's owner and the transfer, side by side."""
    assert made.source.photo and made.pose.photo, "both are photos"
    return np.concatenate([shown(made.source.photo), shown(made.pose.photo), shown(made.pil())], 1)


def shown(photo: Image.Image) -> Picture:
    """As all are in the picture, with a gap at its right: `HEIGHT` rows, and columns of one width."""
    width = round(HEIGHT * 176 / 256)
    fitting = photo.resize((round(photo.width * HEIGHT / photo.height), HEIGHT), Image.Resampling.LANCZOS)
    left = max(0, min(round(SIGHT * fitting.width - width / 2), fitting.width - width))
    return np.pad(np.asarray(fitting.crop((left, 0, left + width, HEIGHT))), ((0, 4), (0, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
