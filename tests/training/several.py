"""Trains recipes in double precision, in this process or in its share of several: FOLDER RECIPE ...

Single precision would not do: Adam turns a gradient that is 0 but for rounding (of a bias before a batch norm) into a step of
full length, in a direction that the order of a sum decides.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from zoo.model import Kit, build, build_losses
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.training import journal
from zoo.training.loop import train
from zoo.training.plan import Plan
from zoo.training.processes import together

TRACK = Track.model_validate({
    "name": "t", "size": (32, 32), "scale": "small", "protocol": "figures-v1", "features": "figures.features",
    "detector": "figures.detector", "budget": {"steps": 6, "batch": 4},
    "dataset": {"use": "figures.people", "train_people": 8, "val_people": 1, "test_people": 1, "val_pairs": 1, "test_pairs": 1},
})  # fmt: skip
RECIPES = {  # whatever draws, whatever looks at a batch as one, and what looks at other pairs is switched on
    "scmnet": ["losses.graph.nodes=true", 'phases.main.plateau={ watch = "rec", every = 1, patience = 1 }'],
    "spgnet": ["generator.noise=true", "losses.sampling.weight=1.0", "phases.first.share=1.0"],
    "partflow": ["phases.flow.share=1.0", "losses.truth.weight=1.0"],
    "spt": ["generator.dropout=0.5", "parsing.dropout=0.5", "phases.appearance.reduce=2"],
}


def in_double(recipe: Recipe) -> tuple[Kit, nn.ModuleDict]:
    """A kit and its losses whose every number is a double."""
    kit = build(recipe, TRACK, catalog())
    losses = build_losses(recipe, kit, catalog())
    kit.model.double()
    losses.double()
    load = kit.data.load
    kit.data.load = lambda *which: load(*which).map(doubled)  # type: ignore[method-assign]
    return kit, losses


def doubled(x: Tensor) -> Tensor:
    return x.double() if x.is_floating_point() else x


def main(folder: Path, *names: str) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    Tensor.float = Tensor.double  # type: ignore[method-assign, assignment]
    journal.LOG_EVERY = 1
    with together("cpu"):
        for name in names:
            recipe = load_recipe(catalog().recipes[name], size="small", changes=RECIPES[name])
            kit, losses = in_double(recipe)
            train(recipe, kit, losses, Plan(folder / name, steps=6, batch=4), catalog())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
