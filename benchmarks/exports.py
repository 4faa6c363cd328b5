"""Every shipped recipe exported and held against itself on real pairs, its graph breaks counted: docs/export.md.

python benchmarks/exports.py --pairs 20
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from zoo.documents.voice import tell
from zoo.exporting.contract import ENDINGS
from zoo.exporting.edge import inputs_of
from zoo.exporting.formats import load_exported
from zoo.exporting.making import export
from zoo.model import Kit, build, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.running.weights import stored_weights
from zoo.types import Pair

RECIPES = ("scmnet", "partflow", "spgnet", "spt")
HEAD = "| recipe | graph breaks | format | MB | to export | largest difference | recipe itself | file |\n" + "|---" * 8 + "|"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("recipes", nargs="*", default=RECIPES)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(HEAD, flush=True)
    with TemporaryDirectory() as folder:
        for name in asked.recipes:
            for line in rows(name, asked.pairs, Path(folder)):
                print(line, flush=True)


def rows(name: str, pairs: int, folder: Path) -> list[str]:
    """The lines of one recipe, one a format."""
    request = Request(name)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    model = build_model(recipe.model_copy(update={"remap": None}), kit.context, recipe.regions, catalog()).eval()
    stored_weights(request, recipe, track, kit.model)
    weights = stored_weights(request, recipe, track, model)
    batch, lines = kit.model.eval().translate(real_pairs(kit, pairs)), []
    with torch.no_grad():
        truth, eager = timed(lambda: model(batch).image, pairs)
        told = torch._dynamo.explain(lambda: model(batch).image)()
    for to, ending in ENDINGS.items():
        tell(f"{name} {to}")
        path, began = folder / f"{name}{ending}", time.process_time()
        export(model, recipe, track, catalog(), path, to, weights=weights.sha256, licence="")
        took, file = time.process_time() - began, load_exported(path)
        given = inputs_of(file.contract, batch.source, batch.target)
        image, seconds = timed(lambda file=file, given=given: file(**given), pairs)
        difference = float((image - truth).abs().max())
        lines.append(
            f"| `{name}` | {told.graph_break_count} | {to} | {path.stat().st_size / 1e6:.1f} | {took:.0f} s | {difference:.1e} "
            f"| {1e3 * eager:.0f} ms | {1e3 * seconds:.0f} ms |"
        )
    return lines


def real_pairs(kit: Kit, count: int) -> Pair:
    """The first test pairs."""
    sources, targets = torch.tensor(list(kit.data.pairs("test"))[:count]).unbind(1)
    return kit.data.load("test", sources, targets)


def timed(work, pairs: int):  # type: ignore[no-untyped-def]
    """What `work` gives, and the seconds of one thread that it takes for each pair, the second time."""
    work()
    began = time.process_time()
    return work(), (time.process_time() - began) / pairs


if __name__ == "__main__":
    main()
