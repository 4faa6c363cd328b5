"""Train and score every row of a track under its budget; finished rows are skipped, killed ones resume.

python benchmarks/reproduce.py figures-64 --jobs 2            # leaves runs/figures-64/*, records in benchmarks/results
python benchmarks/reproduce.py figures-64 --only scmnet --ship  # and puts the weights into benchmarks/weights + registry.toml
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from zoo.documents.files import assets, write_atomically
from zoo.documents.names import FULL
from zoo.documents.reading import file_sha256
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve, run_folder
from zoo.recipes.track import Track
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim
from zoo.training.times import read_seconds

RESULTS = assets() / "benchmarks" / "results"
WEIGHTS = assets() / "benchmarks" / "weights"

# recipe, variant, --set changes
ROWS: dict[str, list[tuple[str, str, list[str]]]] = {
    "figures-64": [
        ("copy", FULL, []),
        ("mean", FULL, []),
        ("scmnet", FULL, []),
        ("scmnet", FULL, ["merge=base.concat", "merge.wear=base.photo_in_style"]),
        ("scmnet", FULL, ["merge=base.adain", "merge.wear=base.photo_in_style"]),
        *(("scmnet", variant, []) for variant in ("tau-1", "wo-dse", "wo-ccf", "wo-bsr")),
        ("spgnet", FULL, []),
        ("spgnet", FULL, ["merge=base.concat"]),
        ("spgnet", FULL, ["merge=base.adain"]),
        *(("spgnet", variant, []) for variant in ("oracle", "baseline", "baseline-s", "spade", "cc", "patn-s", "sean")),
        *(("spgnet", variant, []) for variant in ("no-dist", "s1-then-s2", "s1-then-joint")),
        ("partflow", FULL, []),
        *(("partflow", FULL, [f"merge=base.{merge}"]) for merge in ("concat", "adain", "gfla", "xattn")),
        ("partflow", FULL, ["merge=base.deform", "phases.flow.share=0"]),  # its motion is a function of the joints
        ("partflow", FULL, ["merge=base.patn", "merge.blocks=3"]),  # nine cost sixteen times what the whole recipe does
        *(("partflow", variant, []) for variant in ("wo-part", "wo-hdcb", "wo-pnb")),
        ("spt", FULL, []),
        ("spt", FULL, ["merge=base.concat", 'merge.wear={ use = "base.photo_in_style", lowest = 0 }']),
        *(("spt", variant, []) for variant in ("baseline", "ts-pred", "ts-gt", "mask-style", "patch-style", "wo-face")),
    ],
    "figures-halfbody": [("scmnet", FULL, []), ("scmnet", "wo-bsr", [])],
}
SHIPPED = {(recipe, FULL, ()) for recipe in ("mean", "scmnet", "spgnet", "partflow", "spt")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("track", choices=ROWS)
    parser.add_argument("--jobs", type=int, default=1, help="rows at a time, sharing the cores")
    parser.add_argument("--only", help="a recipe")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="no", choices=("no", "bf16"), help="of the forward pass in training")
    parser.add_argument("--ship", action="store_true", help="copy the weights of the shipped rows and register them")
    options = parser.parse_args()
    rows = [
        Request(r, v, options.track, c, device=options.device, precision=options.precision)
        for r, v, c in ROWS[options.track]
        if options.only in (None, r)
    ]
    threads = str(max(1, (os.cpu_count() or 1) // options.jobs))
    oracles = [row for row in rows if trained_elsewhere(row)]
    finished: list[bool] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for batch in ([row for row in rows if row not in oracles], oracles):
            finished += pool.map(lambda row: run(row, threads), batch)
    if options.ship:
        for row in rows:
            if (row.recipe, row.variant, tuple(row.changes)) in SHIPPED:
                ship(row)
    sys.exit(0 if all(finished) else 1)


def trained_elsewhere(row: Request) -> Request | None:
    """The row whose weights this one scores with the true parsing at test, if there is one."""
    recipe, _ = resolve(row, catalog())
    if recipe.weights_digest() == recipe.digest():
        return None
    rows = (replace(row, recipe=r, variant=v, changes=c) for r, v, c in ROWS[row.track] if r == row.recipe)
    return next((other for other in rows if resolve(other, catalog())[0].digest() == recipe.weights_digest()), None)


def run(row: Request, threads: str) -> bool:
    """Train and score one row in a process of its own, unless its record is there."""
    recipe, track = resolve(row, catalog())
    if any(_is_of(path, recipe, track) for path in RESULTS.glob("*.json")):
        print(f"{recipe.name} {recipe.variant} {recipe.changes}: has a record", flush=True)
        return True
    changes = [part for change in row.changes for part in ("--set", change)]
    where = ["--recipe", row.recipe, "--variant", row.variant, "--track", row.track, "--device", row.device]
    parameters = ["--from-scratch", "--resume", "--precision", row.precision]
    if other := trained_elsewhere(row):
        parameters = ["--weights", str(run_folder(other, *resolve(other, catalog())) / "weights.safetensors")]
    command = [sys.executable, "-m", "zoo", "run", *where, *changes, *parameters, "--json"]
    folder = run_folder(row, recipe, track)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.txt").open("w") as log, (folder / "record.json").open("w") as out:
        code = subprocess.run(
            command, stdout=out, stderr=log, env={**os.environ, "OMP_NUM_THREADS": threads}, check=False
        ).returncode
    print(
        f"{recipe.name} {recipe.variant} {recipe.changes}: {'done' if code == 0 else f'failed, see {folder}/output.txt'}",
        flush=True,
    )
    if code == 0:
        _collect(recipe, track)
    return code == 0


def _collect(recipe: Recipe, track: Track) -> None:
    RESULTS.mkdir(exist_ok=True)
    for path in Path("runs/results").glob("*.json"):
        if _is_of(path, recipe, track):
            shutil.copy(path, RESULTS / path.name)


def _is_of(path: Path, recipe: Recipe, track: Track) -> bool:
    record = json.loads(path.read_text())
    seen = record["weights"]["images_seen"]
    whole = not recipe.phases or seen == track.budget.steps * track.budget.batch
    return (record["recipe_digest"], record["track_digest"]) == (recipe.digest(), track.digest()) and whole


def ship(row: Request) -> None:
    """Put a row's weights under benchmarks/weights and an entry into registry.toml, replacing an older one."""
    recipe, track = resolve(row, catalog())
    source = run_folder(row, recipe, track) / "weights.safetensors"
    target = WEIGHTS / f"{recipe.name}-{recipe.variant}-{track.name}.safetensors"
    write_atomically(target, source.read_bytes())
    told = claim(read_tensors(target)[1], target)
    entry = {
        "recipe": recipe.name, "variant": recipe.variant, "track": track.name, "digest": recipe.weights_digest(),
        "file": str(target.relative_to(assets())), "sha256": file_sha256(target), "licence": "Apache-2.0",
        "seed": told.seed, "steps": told.steps, "images_seen": told.images_seen,
        "train_seconds": read_seconds(source.parent), "precision": told.precision,
    }  # fmt: skip
    block = "[[weights]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entry.items())
    registry = assets() / "registry.toml"
    head, *blocks = registry.read_text().split("[[weights]]\n")
    kept = [b.rstrip() + "\n" for b in blocks if f'file = "{entry["file"]}"' not in b]
    text = head.rstrip() + "\n\n" + "\n".join(["[[weights]]\n" + b for b in kept] + [block])
    write_atomically(registry, text.encode())
    print(f"shipped {target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
