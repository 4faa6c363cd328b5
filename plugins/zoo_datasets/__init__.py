"""Data sets of photographs. This file is the torch-free table of contents."""

from collections.abc import Iterable

from zoo.hookspecs import Component, Fact, hookimpl

GIVES: set[Fact] = {"source.parsing", "target.image", "photographs"}


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("dataset", "datasets.folder", "zoo_datasets.folder:Folder",
                    "a folder of photos with joints and, if you have them, region maps", gives=GIVES,
                    outlook="zoo_datasets.outlook:folder",
                    licence="as the photos: what their owners and the people in them allow")  # fmt: skip
    yield Component("dataset", "datasets.deepfashion", "zoo_datasets.deepfashion:DeepFashion",
                    "DeepFashion In-shop in any layout that its users keep it in", gives=GIVES,
                    outlook="zoo_datasets.outlook:deepfashion",
                    licence="non-commercial research; its photos may not be handed on")  # fmt: skip
    yield Component("dataset", "datasets.market", "zoo_datasets.market:Market",
                    "Market-1501 in any layout that its users keep it in", gives=GIVES,
                    outlook="zoo_datasets.outlook:market",
                    licence="research; of passers-by who were not asked")  # fmt: skip
    yield Component("dataset", "datasets.viton", "zoo_datasets.viton:Viton",
                    "VITON or VITON-HD: one photo of each person, OpenPose's joints, regions of 20 words",
                    gives=GIVES, licence="non-commercial research; its photos may not be handed on")  # fmt: skip
    yield Component("dataset", "datasets.celebahq", "zoo_datasets.celebahq:CelebAHQ",
                    "CelebAMask-HQ: faces, their parts as eight regions, edges for a pose",
                    gives={"source.parsing", "edges", "photographs"},
                    licence="non-commercial research and education; its photos may not be handed on")  # fmt: skip
