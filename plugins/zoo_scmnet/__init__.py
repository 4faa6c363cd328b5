"""SCM-Net, Self-supervised Correlation Mining Network for Person Image Generation (Wang et al., 2021): what the paper adds."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl

PAPER = "SCM-Net (Wang et al. 2021)"


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("style", "scmnet.decomposed", "zoo_scmnet.style:DecomposedStyle",
                    "one shared encoder per region, fused by 1x1 convolutions (DSE)", needs={"source.parsing"},
                    needs_with={"vgg_prior=true": {"features"}}, multiple="stride", paper=f"{PAPER}, sec. 3.2")  # fmt: skip
    yield Component("style", "scmnet.global", "zoo_scmnet.style:GlobalStyle",
                    "one encoder for the whole image, blind to regions", multiple="stride",
                    needs_with={"vgg_prior=true": {"features"}},
                    paper=f"{PAPER}, w/o DSE")  # fmt: skip

    yield Component("merge", "scmnet.correlation", "zoo_scmnet.merge:CorrelationMerge",
                    "rearranges the style by a dense correlation with the pose (CMM)", gives={"fields.correlation"},
                    paper=f"{PAPER}, eq. 1-3")  # fmt: skip

    yield Component("generator", "scmnet.translation", "zoo_scmnet.generator:TranslationGenerator",
                    "U-Net on the rearranged style alone", paper=f"{PAPER}, sec. 3.4")  # fmt: skip

    yield Component("loss", "scmnet.graph", "zoo_scmnet.loss:GraphLoss",
                    "similarities between the mean features of the regions (BSR)", needs={"features", "source.parsing"},
                    paper=f"{PAPER}, eq. 8")  # fmt: skip


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
