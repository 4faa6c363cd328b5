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
from pathlib import Path

from zoo.catalog import catalog
from zoo.paths import assets, write_atomically
from zoo.recipe import FULL, Recipe
from zoo.request import Request, resolve, run_folder
from zoo.track import Track
from zoo.weights import file_sha256, read_safetensors

RESULTS = assets() / "benchmarks" / "results"
WEIGHTS = assets() / "benchmarks" / "weights"

# recipe, variant, --set changes
ROWS: dict[str, list[tuple[str, str, list[str]]]] = {
    "figures-64": [
        ("copy", FULL, []),
        ("mean", FULL, []),
        ("scmnet", FULL, []),
        ("scmnet", FULL, ["merge=base.concat"]),
        ("scmnet", FULL, ["merge=base.adain"]),
        ("scmnet", "tau-1", []),
        ("scmnet", "wo-dse", []),
        ("scmnet", "wo-ccf", []),
        ("scmnet", "wo-bsr", []),
    ],
}
SHIPPED = {("scmnet", FULL, ()), ("mean", FULL, ())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("track", choices=ROWS)
    parser.add_argument("--jobs", type=int, default=1, help="rows at a time, sharing the cores")
    parser.add_argument("--only", help="a recipe")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--ship", action="store_true", help="copy the weights of the shipped rows and register them")
    options = parser.parse_args()
    rows = [
        Request(r, v, options.track, c, device=options.device) for r, v, c in ROWS[options.track] if options.only in (None, r)
    ]
    threads = str(max(1, (os.cpu_count() or 1) // options.jobs))
    with ThreadPoolExecutor(options.jobs) as pool:
        finished = list(pool.map(lambda row: run(row, threads), rows))
    if options.ship:
        for row in rows:
            if (row.recipe, row.variant, tuple(row.changes)) in SHIPPED:
                ship(row)
    sys.exit(0 if all(finished) else 1)


def run(row: Request, threads: str) -> bool:
    """Train and score one row in a process of its own, unless its record is there."""
    recipe, track = resolve(row, catalog())
    if any(_is_of(path, recipe, track) for path in RESULTS.glob("*.json")):
        print(f"{recipe.name} {recipe.variant} {recipe.changes}: has a record", flush=True)
        return True
    changes = [part for change in row.changes for part in ("--set", change)]
    where = ["--recipe", row.recipe, "--variant", row.variant, "--track", row.track, "--device", row.device]
    command = [sys.executable, "-m", "zoo", "run", *where, *changes, "--from-scratch", "--resume", "--json"]
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
    about = read_safetensors(target)[1]
    entry = {
        "recipe": recipe.name, "variant": recipe.variant, "track": track.name, "digest": recipe.digest(),
        "file": str(target.relative_to(assets())), "sha256": file_sha256(target), "licence": "Apache-2.0",
        "seed": int(about["seed"]), "steps": int(about["steps"]), "images_seen": int(about["images_seen"]),
        "train_seconds": float(about["train_seconds"]),
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
