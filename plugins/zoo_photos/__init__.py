"""Photographs: a pose detector, a parser, a feature net and a judge. Imports no torch."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl

_NETS = (
    Component(
        "features", "photos.features", "zoo_photos.features:PhotoFeatures", summary="a small VGG-19 trained on photographs"
    ),
    Component(
        "detector", "photos.detector", "zoo_photos.detector:PhotoDetector", summary="joints of the people in photographs"
    ),
    Component("parser", "photos.parser", "zoo_photos.parser:PhotoParser", summary="regions of a photographed person"),
    Component(
        "judge", "photos.judge", "zoo_photos.judge:PhotoJudge", summary="joints, regions and features of photos, for scoring"
    ),
)


_OF_OTHERS = (
    Component(
        "detector", "photos.vitpose", "zoo_photos.vitpose:VitPose", summary="ViTPose-B through transformers, your copy",
        networks=("vitpose",), paper="Xu et al. 2022",
    ),
    Component(
        "parser", "photos.segformer", "zoo_photos.segformer:SegFormer", summary="SegFormer-B2 of clothes through transformers, "
        "your copy", networks=("segformer-clothes",), paper="Xie et al. 2021",
    ),
)  # fmt: skip


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The nets whose weights are in the package, and those whose weights are the user's."""
    folder = Path(__file__).parent / "weights"
    return [*(net for net in _NETS if (folder / f"{net.name.split('.')[1]}.safetensors").exists()), *_OF_OTHERS]
