"""Structure-aware Person Image Generation with Pose Decomposition and Semantic Correlation (Tang et al., AAAI 2021)."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl

PAPER = "partflow (Tang et al. 2021)"


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("style", "partflow.parts", "zoo_partflow.style:PartStyle",
                    "one encoder per body part, each reading its box of the photo", needs={"joints"},
                    multiple="stride", paper=f"{PAPER}, Local Warping Module")  # fmt: skip

    yield Component("merge", "partflow.part_flow", "zoo_partflow.merge:PartFlowMerge",
                    "one flow per body part, then fusion and a pyramid non-local block", needs={"pose.joints"},
                    gives={"fields.flow"}, paper=f"{PAPER}, eq. 1-7")  # fmt: skip

    yield Component("generator", "partflow.decoder", "zoo_partflow.generator:PartDecoder",
                    "residual deconvolutions, without a skip from the source", paper=f"{PAPER}, eq. 8")  # fmt: skip


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
