"""What this plugin offers. Imports no torch: `zoo list` reads it every time."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    """One line per part; a name is plugin.part, and `gives` and `needs` are facts listed in zoo.hookspecs."""
    yield Component(
        "pose",
        "myplugin.sides",
        "zoo_myplugin.pose:Sides",
        "18 Gaussians, the limbs of either side in a map of their own",
        needs={"joints"},
        gives={"pose.joints"},
    )
    yield Component(
        "style",
        "myplugin.cells",
        "zoo_myplugin.style:Cells",
        "two linear layers on each cell of pixels",
        multiple="stride",
    )
    yield Component(
        "parsing",
        "myplugin.moved",
        "zoo_myplugin.parsing:Moved",
        "the source's regions where the skeleton went, mended",
        needs={"joints", "source.parsing"},
    )
    yield Component(
        "merge",
        "myplugin.joints",
        "zoo_myplugin.merge:JointMerge",
        "moves the style as the nearest joints move",
        gives={"fields.flow"},
    )
    yield Component(
        "generator",
        "myplugin.plain",
        "zoo_myplugin.generator:Plain",
        "two convolutions at full size",
    )
    yield Component(
        "wrapper",
        "myplugin.toned",
        "zoo_myplugin.wrapper:Toned",
        "contrast and brightness of each colour, learned",
        wraps="generator",
    )
    yield Component(
        "loss",
        "myplugin.scales",
        "zoo_myplugin.loss:Scales",
        "mean absolute difference at several scales",
    )
    yield Component(
        "features",
        "myplugin.slopes",
        "zoo_myplugin.features:Slopes",
        "colours and their differences at five strides, unlearned",
    )
    yield Component(
        "pairing",
        "myplugin.evenly",
        "zoo_myplugin.pairing:Evenly",
        "two images of one person, every person as often",
        needs={"target.image"},
    )
    yield Component(
        "dataset",
        "myplugin.sticks",
        "zoo_myplugin.dataset:StickPeople",
        "people of sticks, drawn by this plugin",
        gives={"source.parsing", "target.image"},
    )


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    """Recipe files; the file's name is the recipe's."""
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))


@hookimpl
def zoo_tracks() -> Iterable[Path]:
    """Track files; the file's name is the track's."""
    return sorted((Path(__file__).parent / "tracks").glob("*.toml"))
