"""How the nets of `zoo_photos` do on photographs nobody trained them on; MoveNet beside them.

    python benchmarks/photo_accuracy.py --fixtures ../shared/fixtures --photos ../shared/photos --teacher teacher.npz \
        [--movenet ../shared/tools/movenet]

Prints the tables of docs/measured/nets.md and adds the numbers to plugins/zoo_photos/weights/accuracy.json.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from photo_fixtures import JOINTED, PARSED, Photo, picture
from photo_lessons import both_ways
from photo_losses import region_scores
from photo_shelf import SIZE, SURE, Shelf, shelf
from photo_teacher import movenet
from PIL import Image
from torch import Tensor

from zoo.documents.files import write_atomically
from zoo.interfaces import Context
from zoo.ops.regions import one_hot
from zoo.regions import remap_table, vocabulary
from zoo.types import Sighting
from zoo_base.stored import FACTS
from zoo_photos.detector import PhotoDetector
from zoo_photos.judge import PhotoJudge
from zoo_photos.parser import PhotoParser
from zoo_photos.stored import STORED

CONTEXT = Context(size=SIZE, regions=vocabulary("cihp20"))
NEAR, ROWS = 12.0, 256  # pixels, in a picture of so many rows
FOUND = 0.3  # confidence from which a joint counts as seen

Seer = Callable[[Tensor], Sighting | None]


# ---------------------------------------------------------------- joints
def joint_row(seer: Seer, photos: Iterable[Photo]) -> dict[str, float]:
    """How many given joints are found within 12 px, their median error in pixels at 256 rows, and joints seen but not given."""
    misses, absent = [], []
    for photo in photos:
        assert photo.joints is not None and photo.visible is not None
        found = seer(photo.picture)
        scale = ROWS / photo.picture.shape[-2]
        miss = torch.full((18,), torch.inf) if found is None else (found.joints - photo.joints).norm(dim=-1) * scale
        misses.append(miss[photo.visible])
        absent.append((found.confidence if found else torch.zeros(18))[~photo.visible] >= FOUND)
    miss, wrong = torch.cat(misses), torch.cat(absent)
    return {
        "joints": len(miss), "within_12px": float((miss <= NEAR).float().mean()), "median_px": float(miss.median()),
        "absent_but_seen": float(wrong.float().mean()) if len(wrong) else 0.0,
    }  # fmt: skip


def seers(movenet_at: Path | None) -> dict[str, Seer]:
    """Who looks for joints: ours in two passes and in one, the judge, and the two MoveNets when they are there."""
    detector, judge = PhotoDetector(CONTEXT), PhotoJudge(CONTEXT)

    def first(image: Tensor) -> Sighting | None:
        return next(iter(detector.people(image)), None)

    def judged(image: Tensor) -> Sighting:
        with torch.no_grad():
            seen = judge(image[None])
        return Sighting(joints=seen.joints[0], confidence=seen.confidence[0])

    found: dict[str, Seer] = {"photos.detector": first, "photos.judge": judged}
    for name, size in (("thunder", 256), ("lightning", 192)):
        if movenet_at is not None:
            found[f"MoveNet {name}"] = _movenet_seer(movenet(movenet_at, name, size))
    return found


def _movenet_seer(net: Callable[[Image.Image], tuple[np.ndarray, np.ndarray]]) -> Seer:
    def see(image: Tensor) -> Sighting:
        joints, confidence = net(Image.fromarray(((image + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()))
        return Sighting(joints=torch.from_numpy(joints).float(), confidence=torch.from_numpy(confidence).float())

    return see


def held_out_photos(stock: Shelf, photos: Path, folder: str) -> list[Photo]:
    """What is held out of a folder, with the teacher's sure joints."""
    rows = [i for i in stock.test.nonzero()[:, 0].tolist() if stock.names[i].startswith(folder)]
    return [Photo(stock.names[i], picture(photos / stock.names[i]), stock.joints[i], stock.confidence[i] >= SURE) for i in rows]


# ---------------------------------------------------------------- regions


def held_out_regions(stock: Shelf, net: PhotoParser | PhotoJudge) -> dict[str, dict[str, float]]:
    """Overlaps in each vocabulary on the held-out maps; the parser given the teacher's joints and both ways round."""
    rows = (stock.test & stock.parsed).nonzero()[:, 0]
    logits, labels = [], []
    for part in rows.split(8):
        image = stock.images[part].float() / 127.5 - 1
        with torch.no_grad():
            if isinstance(net, PhotoParser):
                found = both_ways(net, image, stock.joints[part], stock.confidence[part] >= SURE)
            else:
                found = net(image).parsing
        logits.append(found)
        labels.append(stock.labels[part].long())
    return {to: region_scores(logits, labels, to) for to in ("spt10", "scm8", "cihp20")}


def abroad(photos: Iterable[Photo], look: Callable[[Photo], Tensor]) -> dict[str, float]:
    """Overlap in spt10 of what `look` sees, (20,H,W) shares in cihp20; labels that differ in vocabulary meet in spt10."""
    confusion = torch.zeros(10, 10)
    table = torch.tensor(remap_table("cihp20", "spt10"))
    for photo in photos:
        assert photo.labels is not None
        truth = torch.tensor(remap_table(photo.vocabulary, "spt10"))[photo.labels]
        share = torch.zeros(10, *truth.shape).index_add_(0, table, look(photo))
        confusion += torch.bincount((truth * 10 + share.argmax(0)).flatten(), minlength=100).view(10, 10)
    hits = confusion.diagonal()
    union = confusion.sum(0) + confusion.sum(1) - hits
    names = vocabulary("spt10").labels
    overlap = {n: float(h / u) for n, h, u, t in zip(names, hits, union, confusion.sum(1), strict=True) if t > 0}
    return {"miou": sum(overlap.values()) / len(overlap), **overlap}


def from_photo_alone(detector: PhotoDetector, parser: PhotoParser) -> Callable[[Photo], Tensor]:
    """Everybody the detector finds is parsed; a pixel is the likeliest of what it is on any of them."""

    def look(photo: Photo) -> Tensor:
        people = detector.people(photo.picture)
        if not people:
            return one_hot(torch.zeros(1, *photo.picture.shape[-2:], dtype=torch.long), 20)[0]
        shares = parser.people(photo.picture, people).softmax(1)
        nobody = shares[:, :1].amin(0)
        return torch.cat((nobody, shares[:, 1:].amax(0)))

    return look


def with_its_joints(parser: PhotoParser) -> Callable[[Photo], Tensor]:
    """The parser is told the joints that came with the photo."""

    def look(photo: Photo) -> Tensor:
        assert photo.joints is not None and photo.visible is not None
        person = Sighting(joints=photo.joints, confidence=photo.visible.float())
        return parser.people(photo.picture, [person])[0].softmax(0)

    return look


def by_the_judge(judge: PhotoJudge) -> Callable[[Photo], Tensor]:
    def look(photo: Photo) -> Tensor:
        with torch.no_grad():
            return judge(photo.picture[None]).parsing[0].softmax(0)

    return look


# ---------------------------------------------------------------- tables
def joint_table(rows: dict[str, dict[str, dict[str, float]]]) -> str:
    sets = [*next(iter(rows.values()))]
    lines = ["| net | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|"]
    for name, row in rows.items():
        lines.append(
            f"| {name} | " + " | ".join(f"{row[s]['within_12px']:.3f} / {row[s]['median_px']:.1f}" for s in sets) + " |"
        )
    return "\n".join(lines)


def region_table(rows: dict[str, dict[str, float]]) -> str:
    labels = ("miou", *vocabulary("spt10").labels)
    lines = ["| net, photos | " + " | ".join(labels) + " |", "|---" * (len(labels) + 1) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[k]:.3f}" if k in row else "" for k in labels) + " |")
    return "\n".join(lines)


def rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("fixtures", "photos", "teacher"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--movenet", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/photo-arrays"))
    args = parser.parse_args()
    stock = shelf(args.photos, args.teacher, args.cache)
    sets = {name: [*read(args.fixtures)] for name, read in JOINTED.items()}
    sets = {
        "the 235": [p for name in [*sets][:3] for p in sets[name]],
        **sets,
        **{f"{folder} held out": held_out_photos(stock, args.photos, folder) for folder in ("ccp176", "walkers")},
    }
    joints: dict[str, dict[str, dict[str, float]]] = {}
    for name, seer in seers(args.movenet).items():
        joints[name] = {photos: joint_row(seer, members) for photos, members in sets.items()}
        print(joint_table(joints), flush=True)
    detector, net, judge = PhotoDetector(CONTEXT), PhotoParser(CONTEXT), PhotoJudge(CONTEXT)
    held_out = {"parser": held_out_regions(stock, net), "judge": held_out_regions(stock, judge)}
    regions = {f"photos.{name}, ccp176 held out": scores["spt10"] for name, scores in held_out.items()}
    for name, read in PARSED.items():
        looks = {"parser, from the photo alone": from_photo_alone(detector, net), "judge": by_the_judge(judge)}
        if name in JOINTED:
            looks["parser, given the joints"] = with_its_joints(net)
        for who, look in looks.items():
            regions[f"photos.{who}, {name}"] = abroad(read(args.fixtures), look)
    print(region_table(regions))
    for name, scores in held_out.items():
        print(name, {to: round(s["miou"], 3) for to, s in scores.items()})
    record = STORED.folder / FACTS
    known = json.loads(record.read_text())
    for name in ("detector", "judge"):
        known[name]["joints"] = rounded(joints[f"photos.{name}"])
    for name in ("parser", "judge"):
        rows = {k.split(", ", 1)[1]: v for k, v in regions.items() if k.startswith(f"photos.{name}")}
        known[name]["regions"] = rounded({**held_out[name], **rows})
    write_atomically(record, (json.dumps(known, indent=2, sort_keys=True) + "\n").encode())


if __name__ == "__main__":
    main()
