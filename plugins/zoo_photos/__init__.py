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


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The nets whose weights are in the package."""
    folder = Path(__file__).parent / "weights"
    return [net for net in _NETS if (folder / f"{net.name.split('.')[1]}.safetensors").exists()]
