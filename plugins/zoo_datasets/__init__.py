"""Data sets of photographs. This file is the torch-free table of contents."""

from collections.abc import Iterable

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("dataset", "datasets.folder", "zoo_datasets.folder:Folder",
                    "a folder of photos with joints and, if you have them, region maps",
                    gives={"source.parsing", "target.image", "photographs"})  # fmt: skip
