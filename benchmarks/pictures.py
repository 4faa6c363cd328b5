"""Draw the pictures of the READMEs into docs/, from the shipped weights on figures-64.

strips.png: what every recipe paints; motion.png: the source moved as each believes; edits.png: painted on drawn regions;
swaps.png: somebody else's top put on.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from zoo.documents.files import assets
from zoo.editing.relabel import filled, read_relabel, relabelled
from zoo.editing.transfer import edit, laid_out, transfer
from zoo.editing.transfer import strip as side_by_side
from zoo.explain import Picture
from zoo.interfaces import Dataset
from zoo.model import Kit, build
from zoo.ops.image import to_uint8
from zoo.ops.rigid import PARTS, body_parts, part_masks
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.regions import vocabulary
from zoo.running.weights import stored_weights
from zoo.scoring import score
from zoo.scoring.samples import Sample
from zoo.types import Person

TRACK, WORDS = "figures-64", vocabulary("cihp20")
RECIPES = ("scmnet", "spgnet", "partflow", "spt")
PAINTERS = ("spt", "spgnet")  # those that paint on regions
SCALE, PAIRS, TRIED, SWAPS = 2, 7, 200, 4
SLEEVE, SKIRT = "upper=l_arm@l_forearm", "pants=skirt"


def main() -> None:
    folder = assets() / "docs"
    folder.mkdir(exist_ok=True)
    kits = {name: trained(name) for name in RECIPES}
    samples = {name: pictures(name, kit) for name, kit in kits.items()}
    given = samples[RECIPES[0]]
    before = {"source": [s.source for s in given], "target pose": [s.pose for s in given]}
    after = {"truth": [s.truth for s in given]}
    outputs = {name: [s.output for s in found] for name, found in samples.items()}
    motions = {name: [s.motion for s in found] for name, found in samples.items()}
    sheet({**before, **outputs, **after}).save(folder / "strips.png")
    sheet({**before, **motions, **after}).save(folder / "motion.png")
    edits(kits).save(folder / "edits.png")
    swaps(kits).save(folder / "swaps.png")


def trained(name: str) -> Kit:
    request = Request(name, track=TRACK)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    stored_weights(request, recipe, track, kit.model)
    return kit


def pictures(name: str, kit: Kit) -> list[Sample]:
    return score(kit.model, kit, resolve(Request(name, track=TRACK), catalog())[1], limit=64).samples[:PAIRS]


def edits(kits: dict[str, Kit]) -> Image.Image:
    """Textures of A on B's layout and back; A with a shorter sleeve; A with a skirt."""
    one, other = models(kits[PAINTERS[0]].data)
    skirt = filled(relabelled(one, [read_relabel(SKIRT, WORDS)]), WORDS.index("skirt"), WORDS.index("background"))
    wishes = [(one, other), (other, one), (one, relabelled(one, [read_relabel(SLEEVE, WORDS)])), (one, skirt)]
    rows = []
    for photo, layout in ((photo, laid_out(wanted)) for photo, wanted in wishes):
        painted = [transfer(kits[name].model, photo, layout) for name in PAINTERS]
        rows.append(to_uint8(side_by_side([photo, layout, *painted], WORDS)).permute(1, 2, 0).numpy())
    return labelled(np.concatenate(rows, 0), ("photo", "regions", *PAINTERS))


def swaps(kits: dict[str, Kit]) -> Image.Image:
    """The top of one test person on another."""
    data = kits[RECIPES[0]].data
    sources = torch.tensor([s for s, _ in data.pairs("test")[: 2 * SWAPS : 2]])
    others = torch.tensor([s for s, _ in data.pairs("test")[1 : 2 * SWAPS : 2]])
    people, references = (data.load("test", images, images).source for images in (sources, others))
    rows = []
    for i in range(SWAPS):
        person, reference = (p.map(lambda t, i=i: t[i : i + 1]) for p in (people, references))  # type: ignore[misc]
        worn = [edit(kit.model, person, reference, [top(kit)], kit.context.regions) for kit in kits.values()]
        rows.append(to_uint8(side_by_side([person, reference, *worn], WORDS)).permute(1, 2, 0).numpy())
    return labelled(np.concatenate(rows, 0), ("person", "top of", *kits))


def top(kit: Kit) -> str:
    """What the recipe calls the region of tops."""
    return next(label for label in kit.context.regions.labels if label.startswith("upper"))


def models(data: Dataset) -> tuple[Person, Person]:
    """Two test people: one in trousers with a sleeve on the left forearm, one in a skirt or dress."""
    sources = [s for s, _ in data.pairs("test")[:TRIED]]
    people = data.load("test", torch.tensor(sources), torch.tensor(sources)).source
    assert people.parsing is not None
    area = people.parsing.sum((2, 3))
    forearm = part_masks(body_parts(people.joints, people.visible, people.size), people.size)[:, PARTS.index("l_forearm")]
    sleeve = (people.parsing[:, WORDS.index("upper")] * forearm).sum((1, 2))
    first = int((sleeve * (area[:, WORDS.index("pants")] > 100)).argmax())
    second = int(area[:, WORDS.index("dress")].argmax())
    return people.map(lambda t: t[first : first + 1]), people.map(lambda t: t[second : second + 1])


def sheet(columns: Mapping[str, Sequence[Picture | None]]) -> Image.Image:
    """Columns of equally large pictures; where there is none, grey."""
    known = next(p for p in next(iter(columns.values())) if p is not None)
    blank = np.full_like(known, 127)
    rows = zip(*columns.values(), strict=True)
    return labelled(np.concatenate([np.concatenate([blank if p is None else p for p in row], 1) for row in rows], 0), columns)


def labelled(pixels: Picture, labels: Iterable[str], scale: int = SCALE) -> Image.Image:
    """The picture enlarged, with `labels` over its equally wide columns."""
    picture, labels = Image.fromarray(pixels), list(labels)
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    framed = Image.new("RGB", (picture.width + 16, picture.height + 28), "white")
    framed.paste(picture, (8, 20))
    pen, font = ImageDraw.Draw(framed), ImageFont.load_default(12)
    for i, label in enumerate(labels):
        pen.text((8 + (i + 0.5) * picture.width / len(labels), 10), label, fill="black", anchor="mm", font=font)
    return framed


if __name__ == "__main__":
    main()
