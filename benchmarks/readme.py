"""Rewrite what the READMEs show from what was measured: the leaderboard tables and the pictures in docs/.

python benchmarks/readme.py            # tables, from the committed records
python benchmarks/readme.py --strips   # and the pictures, from the shipped weights
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from zoo.catalog import catalog
from zoo.explain import Picture
from zoo.leaderboard import Row, leaderboard
from zoo.paths import assets, write_atomically
from zoo.records import Interval, Record, read_records
from zoo.report.arenas import amount, row_name
from zoo.request import Request, resolve
from zoo.run import stored_weights
from zoo.scoring import protocol, score
from zoo.scoring.samples import Sample

TRACK = "figures-64"
SHORT = ("masked_ssim", "masked_psnr", "region_lab", "ffd", "pckh", "parsing_miou")  # README.md; benchmarks/README.md has all
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
RECIPES = ("scmnet", "spgnet", "partflow", "spt")
SCALE, PAIRS = 2, 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strips", action="store_true")
    options = parser.parse_args()
    for path, metrics in ((assets() / "README.md", SHORT), (assets() / "benchmarks" / "README.md", None)):
        write_atomically(path, with_table(path.read_text(), metrics).encode())
    if options.strips:
        draw_strips(assets() / "docs")


def with_table(text: str, metrics: tuple[str, ...] | None) -> str:
    """`text` with the table between the markers made anew from the committed records."""
    records = [r for r in read_records([assets() / "benchmarks" / "results"]) if r.track_name == TRACK]
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{markdown(leaderboard(records), records, metrics)}\n{END}{tail}"


def markdown(rows: list[Row], records: list[Record], metrics: tuple[str, ...] | None) -> str:
    """A table of means with their 95 % intervals."""
    rules = protocol(records[0].protocol)
    shown = [m for m in rules.metrics if metrics is None or m.name in metrics]
    arrows = [f"{m.name} {'↑' if m.higher_is_better else '↓'}" for m in shown]
    lines = [["rank", "recipe", "params", "MACs", *arrows], ["---"] * (4 + len(shown))]
    for row in rows:
        about = [str(row["rank"] or "–"), f"`{row_name(row)}`", amount(row["parameters"]), amount(row["macs"])]
        lines.append([*about, *(_cell(row, m.name) for m in shown)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row, metric: str) -> str:
    if metric not in row["scores"]:
        return ""
    value = Interval(**row["scores"][metric])
    return f"{value.mean:.3g} <sub>{value.low:.3g}–{value.high:.3g}</sub>"


def draw_strips(folder: Path) -> None:
    """strips.png: what every recipe paints; motion.png: the source moved as each believes. From the shipped weights."""
    samples = {name: _samples(name) for name in RECIPES}
    given = samples[RECIPES[0]]
    outputs = {name: [s.output for s in found] for name, found in samples.items()}
    motions = {f"{name} moves": [s.motion for s in found] for name, found in samples.items()}
    before = {"source": [s.source for s in given], "target pose": [s.pose for s in given]}
    after = {"truth": [s.truth for s in given]}
    folder.mkdir(exist_ok=True)
    _sheet({**before, **outputs, **after}).save(folder / "strips.png")
    _sheet({**before, **motions, **after}).save(folder / "motion.png")


def _samples(name: str) -> list[Sample]:
    from zoo.model import build

    request = Request(name, track=TRACK)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    stored_weights(request, recipe, track, kit.model)
    return score(kit.model, kit, track, limit=64).samples[:PAIRS]


def _sheet(columns: dict[str, list[Picture | None]]) -> Image.Image:
    """Labelled columns of equally large pictures; where there is none, grey."""
    known = next(p for p in next(iter(columns.values())) if p is not None)
    blank = np.full_like(known, 127)
    rows = zip(*columns.values(), strict=True)
    picture = Image.fromarray(np.concatenate([np.concatenate([blank if p is None else p for p in row], 1) for row in rows], 0))
    picture = picture.resize((picture.width * SCALE, picture.height * SCALE), Image.Resampling.NEAREST)
    sheet = Image.new("RGB", (picture.width + 16, picture.height + 28), "white")
    sheet.paste(picture, (8, 20))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for i, label in enumerate(columns):
        pen.text((8 + (i + 0.5) * picture.width / len(columns), 10), label, fill="black", anchor="mm", font=font)
    return sheet


if __name__ == "__main__":
    main()
