"""SPT or E2E, Unsupervised Person Image Generation with Semantic Parsing Transformation (Song et al. 2019): what it adds."""

from collections.abc import Iterable
from pathlib import Path

from zoo.hookspecs import Component, Kind, hookimpl

SOURCE, TARGET, PREDICTED, FEATURES = "source.parsing", "target.parsing", "parsing.logits", "features"


def _part(kind: Kind, name: str, target: str, summary: str, where: str, *needs: str, gives: str = "") -> Component:
    """A part of the paper, described at `where` in it."""
    paper = f"SPT (Song et al. 2019), {where}"
    return Component(kind, f"spt.{name}", f"zoo_spt.{target}", summary, frozenset(needs), frozenset(gives.split()), paper=paper)


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Every part of this plugin."""
    yield _part("parsing", "semantic", "semantic:SemanticTransform", "a U-Net on the source's regions and both poses (H_S)",
                "sec. 3.2", SOURCE)  # fmt: skip
    yield _part("style", "appearance", "appearance:AppearanceStyle", "photo, regions and pose at every stride (E_A)",
                "sec. 3.3", SOURCE)  # fmt: skip
    yield _part("style", "appearance_plain", "appearance:PlainStyle", "photo and pose at every stride", "baseline")
    yield _part("merge", "skips", "skips:DeformableSkips", "ten rigid parts warp the finest levels, the coarse ones stay",
                "sec. 3.3", gives="fields.flow")  # fmt: skip
    yield _part("generator", "generator", "appearance:AppearanceGenerator",
                "ways up that the target's regions and pose join at every stride (E'_S, G_A)", "sec. 3.3", TARGET)  # fmt: skip
    yield _part("generator", "generator_plain", "appearance:PlainGenerator",
                "ways up that the target's pose joins at every stride", "baseline")  # fmt: skip

    yield _part("loss", "cross_entropy", "losses:CrossEntropy", "predicted against true regions, the body twice",
                "eq. 2", PREDICTED, SOURCE)  # fmt: skip
    yield _part("loss", "parsing_adversarial", "adversarial:ParsingAdversarial", "a discriminator of parsings (D_S)",
                "eq. 3", PREDICTED, SOURCE)  # fmt: skip
    yield _part("loss", "adversarial", "adversarial:ImageAdversarial", "a discriminator of images on their parsings (D_A)",
                "eq. 5", SOURCE, TARGET)  # fmt: skip
    yield _part("loss", "adversarial_plain", "adversarial:PlainAdversarial", "a discriminator of images", "baseline")
    yield _part("loss", "pose", "losses:PoseLoss", "joints that a frozen detector sees in what was painted",
                "eq. 6", "detector")  # fmt: skip
    yield _part("loss", "content", "losses:ContentLoss", "features of the source and of the cycle's end",
                "eq. 7", FEATURES, "cycle")  # fmt: skip
    yield _part("loss", "style", "style_loss:SemanticStyle", "Gram matrices region by region",
                "eq. 8", FEATURES, SOURCE, TARGET)  # fmt: skip
    yield _part("loss", "mask_style", "style_loss:MaskStyle", "Gram matrices by rigid body part", "sec. 4.3 a", FEATURES)
    yield _part("loss", "patch_style", "style_loss:PatchStyle", "Gram matrices around each joint", "sec. 4.3 b", FEATURES)
    yield _part("loss", "face", "adversarial:FaceAdversarial", "a discriminator of faces cut out by the joints (D_F)", "eq. 9")

    yield _part("pairing", "pseudo", "pseudo:PseudoPairs", "a photo, and pose and parsing of somebody dressed alike",
                "eq. 1", SOURCE)  # fmt: skip


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    """The paper's recipe."""
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))
