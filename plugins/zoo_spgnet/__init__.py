"""SPGNet, Learning Semantic Person Image Generation by Region-Adaptive Normalization (Lv et al., 2021): what the paper adds."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, hookimpl

PAPER = "SPGNet (Lv et al. 2021)"


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield Component("style", "spgnet.dual", "zoo_spgnet.style:DualPathStyle",
                    "appearance pyramid and a style code for each region", needs={"source.parsing"},
                    paper=f"{PAPER}, sec. 3.2, tab. 5")  # fmt: skip

    yield Component("parsing", "spgnet.spatn", "zoo_spgnet.patn:SPATN", "the source's parsing moved by pose-attentional blocks",
                    needs={"source.parsing"}, needs_with={"limbs=false": {"pose.joints"}},
                    multiple=4, paper=f"{PAPER}, sec. 3.1")  # fmt: skip
    yield Component("parsing", "spgnet.spatn_image", "zoo_spgnet.patn:ImageSPATN",
                    "SPATN*: the target's parsing from the source's image", needs_with={"limbs=false": {"pose.joints"}},
                    multiple=4, paper=f"{PAPER}, sec. 4.1")  # fmt: skip

    yield Component("merge", "spgnet.warp", "zoo_spgnet.merge:FlowWarp", "warps by a flow net and gates by visibility",
                    needs={"pose.joints"}, gives={"fields.flow"}, multiple=4, paper=f"{PAPER}, eq. 5, tab. 7")  # fmt: skip
    yield Component("merge", "spgnet.patn", "zoo_spgnet.patn:PatnMerge", "PATN with parsings as extra inputs",
                    needs={"pose.joints", "source.parsing", "target.parsing"}, multiple=4,
                    paper=f"{PAPER}, PATN-S")  # fmt: skip

    yield Component("generator", "spgnet.dual_path", "zoo_spgnet.generator:DualPathGenerator",
                    "dual-path U-Net of SPG blocks with SEAN", needs={"pose.joints", "target.parsing"},
                    paper=f"{PAPER}, eq. 6-7, tab. 5-6")  # fmt: skip
    yield Component("generator", "spgnet.dual_unet", "zoo_spgnet.generator:DualUNet", "dual-path U-Net that reads no parsing",
                    needs={"pose.joints"}, paper=f"{PAPER}, Baseline")  # fmt: skip
    yield Component("generator", "spgnet.dual_unet_parsing", "zoo_spgnet.generator:ParsingUNet",
                    "dual-path U-Net, the parsing beside the pose", needs={"pose.joints", "target.parsing"},
                    paper=f"{PAPER}, Baseline-S")  # fmt: skip
    yield Component("generator", "spgnet.sean", "zoo_spgnet.broadcast:SEANGenerator",
                    "plain SEAN: styles broadcast onto the regions", needs={"target.parsing"},
                    multiple=4, paper=f"{PAPER}, SEAN")  # fmt: skip
    yield Component("generator", "spgnet.patn_paint", "zoo_spgnet.patn:PatnPaint", "PATN's decoder", paper=f"{PAPER}, PATN-S")

    yield Component("loss", "spgnet.motion", "zoo_spgnet.losses:MotionLoss", "true flow and visibility for the flow net",
                    needs={"source.parsing", "true.flow"}, judges={"fields.flow"}, paper=f"{PAPER}, sec. 3.2")  # fmt: skip
    yield Component("loss", "spgnet.pseudo_motion", "zoo_spgnet.losses:PseudoMotionLoss",
                    "flow and visibility of ten rigid parts, for the flow net", needs={"joints", "source.parsing"},
                    judges={"fields.flow"}, paper=f"{PAPER}, ours")  # fmt: skip


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
