"""People seen from behind and from the side, cut out of free videos: what the street photographs hardly show.

    python benchmarks/photo_walkers.py --videos DIR --out ../photos/walkers

Writes images/NAME-FRAME-N.jpg of 176x256. `--videos` holds, by their own names, the files that `VIDEOS` lists: of
github.com/intel-iot-devkit/sample-videos (CC BY 4.0) and github.com/davidpagnon/Sports2D (BSD-3-Clause). It takes PyAV.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import av
import torch
from photo_accuracy import CONTEXT
from photo_fixtures import tensor
from photo_shelf import SIZE
from PIL import Image

from zoo.types import Sighting
from zoo_photos.detector import PhotoDetector

VIDEOS = {  # every so many frames of each
    "one-by-one-person-detection.mp4": 6,
    "worker-zone-detection.gif": 1,
    "store-aisle-detection.gif": 1,
    "demo.mp4": 2,
    "walk.mkv": 30,
}
ROOM = 1.25  # height of a crop, in longer sides of the joints' box
SMALLEST = 90.0  # pixels of a picture that the box must have


def frames(path: Path, every: int) -> Iterator[tuple[int, Image.Image]]:
    """Each `every`-th frame and its number."""
    with av.open(str(path)) as video:
        for i, frame in enumerate(video.decode(video=0)):
            if i % every == 0:
                yield i, frame.to_image()


def crop(picture: Image.Image, person: Sighting) -> Image.Image:
    """The person at 176x256, as near the middle as the picture's edges allow."""
    joints = person.joints[person.confidence >= 0.25]
    middle = (joints.amin(0) + joints.amax(0)) / 2
    height = min(ROOM * float((joints.amax(0) - joints.amin(0)).max()), picture.height, picture.width * SIZE[0] / SIZE[1])
    width = height * SIZE[1] / SIZE[0]
    x = min(max(float(middle[0]) - width / 2, 0), picture.width - width)
    y = min(max(float(middle[1]) - height / 2, 0), picture.height - height)
    return picture.resize((SIZE[1], SIZE[0]), Image.Resampling.BICUBIC, (x, y, x + width, y + height))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("videos", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    (args.out / "images").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    detector = PhotoDetector(CONTEXT)
    for name, every in VIDEOS.items():
        for i, picture in frames(args.videos / name, every):
            people = [person for person in detector.people(tensor(picture)) if person.size >= SMALLEST]
            for n, person in enumerate(people):
                crop(picture, person).save(args.out / "images" / f"{Path(name).stem}-{i:04d}-{n}.jpg", quality=90)


if __name__ == "__main__":
    main()
