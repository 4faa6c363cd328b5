"""Figures: the embedded data set, its feature net, its pose detector, its codec and its judge. Imports no torch."""

from collections.abc import Iterable

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("dataset", "figures.people", "zoo_figures.dataset:People",
                    "rendered people in any pose, with true regions, flow and visibility",
                    gives={"source.parsing", "target.image", "true.flow"},
                    licence="Apache-2.0; drawn by the plugin, of nobody", public=True)  # fmt: skip

    yield Component("features", "figures.features", "zoo_figures.nets:Features", "a small VGG-19 trained on Figures")

    yield Component("detector", "figures.detector", "zoo_figures.nets:FigureDetector", "joints of Figures, for pose losses")

    yield Component("codec", "figures.codec", "zoo_figures.codec:FigureCodec",
                    "an autoencoder of Figures: 8 channels at a stride of 4", multiple=4)  # fmt: skip

    yield Component("judge", "figures.judge", "zoo_figures.nets:FigureJudge",
                    "joints, regions and features of Figures, for scoring")  # fmt: skip
