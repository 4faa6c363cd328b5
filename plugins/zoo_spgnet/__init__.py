"""SPGNet, Learning Semantic Person Image Generation by Region-Adaptive Normalization (Lv et al., 2021): what the paper adds."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, Kind, hookimpl

PAPER = "SPGNet (Lv et al. 2021)"


def _part(
    kind: Kind, name: str, target: str, summary: str, paper: str, needs: str = "", gives: str = "", judges: str = ""
) -> Component:
    facts = {"needs": needs, "gives": gives, "judges": judges}
    sets = {key: frozenset(words.split()) for key, words in facts.items()}
    return Component(kind, f"spgnet.{name}", f"zoo_spgnet.{target}", summary, paper=f"{PAPER}{paper}", **sets)


@hookimpl
def zoo_components() -> Iterable[Component]:
    yield _part("style", "dual", "style:DualPathStyle", "appearance pyramid and a style code for each region",
                ", sec. 3.2, tab. 5", "source.parsing")  # fmt: skip
    yield _part("parsing", "spatn", "patn:SPATN", "the source's parsing moved by pose-attentional blocks",
                ", sec. 3.1", "source.parsing")  # fmt: skip
    yield _part("parsing", "spatn_image", "patn:ImageSPATN", "SPATN*: the target's parsing from the source's image",
                ", sec. 4.1")  # fmt: skip
    yield _part("merge", "warp", "merge:FlowWarp", "warps by a flow net and gates by visibility", ", eq. 5, tab. 7",
                gives="fields.flow")  # fmt: skip
    yield _part("merge", "patn", "patn:PatnMerge", "PATN with parsings as extra inputs", ", PATN-S",
                "source.parsing target.parsing")  # fmt: skip
    yield _part("generator", "dual_path", "generator:DualPathGenerator", "dual-path U-Net of SPG blocks with SEAN",
                ", eq. 6-7, tab. 5-6", "target.parsing")  # fmt: skip
    yield _part("generator", "dual_unet", "generator:DualUNet", "dual-path U-Net that reads no parsing", ", Baseline")
    yield _part("generator", "dual_unet_parsing", "generator:ParsingUNet", "dual-path U-Net, the parsing beside the pose",
                ", Baseline-S", "target.parsing")  # fmt: skip
    yield _part("generator", "sean", "broadcast:SEANGenerator", "plain SEAN: styles broadcast onto the regions", ", SEAN",
                "target.parsing")  # fmt: skip
    yield _part("generator", "patn_paint", "patn:PatnPaint", "PATN's decoder", ", PATN-S")
    yield _part("loss", "motion", "losses:MotionLoss", "true flow and visibility for the flow net", ", sec. 3.2",
                "true.flow source.parsing", judges="fields.flow")  # fmt: skip
    yield _part("loss", "pseudo_motion", "losses:PseudoMotionLoss", "flow and visibility of ten rigid parts, for the flow net",
                ", ours", "source.parsing", judges="fields.flow")  # fmt: skip


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
