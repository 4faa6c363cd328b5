"""Protocols as data: named, versioned sets of metrics with their exact definitions. Imports no torch.

A change of any definition is a new version, and rows are never ranked across versions. Where nothing else is said, a score is
the mean over pairs; its 95 % interval is a bootstrap over people (`zoo.scoring.bootstrap`).
"""

from dataclasses import dataclass

from zoo.errors import ZooError, unknown
from zoo.scoring.pictures.shelf import shipped

MACS = "macs-1"  # how multiply-accumulates are counted today: `zoo.scoring.profile`
FIRST_MACS = "macs-0"  # and where nothing is said


WORDS = {
    "ssim": "SSIM", "psnr": "PSNR", "masked_ssim": "SSIM over the figure", "masked_psnr": "PSNR over the figure",
    "psnr_visible": "PSNR where the source shows the figure", "psnr_occluded": "PSNR where the source hides the figure",
    "region_lab": "region colour error", "ffd": "Frechet distance", "pckh": "joints found", "parsing_miou": "regions found",
    "predicted_parsing_miou": "predicted regions", "epe": "flow error", "limb_lab": "limb colour error",
    "kept_lab": "error of kept colours", "laid_lab": "error of laid colours", "edges_found": "edges found",
    "diversity": "diversity of samples",
}  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """One score. `needs` names what must be known of a pair (`zoo.scoring.evidence.Evidence`); else the score is absent."""

    name: str
    description: str
    unit: str = ""
    higher_is_better: bool = True
    needs: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """What a sentence calls it."""
        return WORDS.get(self.name, self.name)


@dataclass(frozen=True)
class Protocol:
    """A named, versioned set of metrics and the one that ranks."""

    name: str
    version: str
    primary: str
    metrics: tuple[Metric, ...]
    summary: str
    headline: tuple[str, ...]  # what a table shows first, the primary one leading: each says what the others do not
    paired: bool = True  # the target's true image is known; else a target is a pose and nothing more

    def metric(self, name: str) -> Metric:
        """The metric called `name`, or a ZooError with the nearest name."""
        found = {m.name: m for m in self.metrics}
        if name not in found:
            raise unknown("metric", name, found, where=f"protocol {self.name}")
        return found[name]


def _metric(name: str, needs: str, unit: str, description: str, higher_is_better: bool = True) -> Metric:
    return Metric(name, description, unit, higher_is_better, frozenset(needs.split()))


DIVERSITY = _metric(
    "diversity", "spread", "", "mean squared distance of two samples of a pair in the track's feature net: of unit feature "
    "vectors, a mean over places, layers and pairs of samples; of rows with --samples above 1, and says nothing of quality",
)  # fmt: skip

FIGURES_V1 = Protocol(
    name="figures-v1",
    version="1",
    summary="rows of procedural people, of whom everything is known: regions, flow, what is hidden",
    primary="masked_ssim",  # asks for pose (edges) and clothes (colour, texture) at once, and a blurred mean fails it
    headline=("masked_ssim", "region_lab", "ffd", "pckh"),
    metrics=(
        _metric("ssim", "truth", "", "SSIM of 8-bit RGB: Gaussian window 11, sigma 1.5, population covariance, K 0.01 and "
                "0.03, range 1, channel mean, over pixels whose window lies inside the image"),
        _metric("psnr", "truth", "dB", "PSNR of 8-bit RGB over all pixels, at most 60"),
        _metric("masked_ssim", "truth foreground", "", "the SSIM map averaged over the true figure in the target"),
        _metric("masked_psnr", "truth foreground", "dB", "PSNR over the true figure in the target, at most 60"),
        _metric("psnr_visible", "truth foreground visibility", "dB", "PSNR over the part of the figure that the source shows"),
        _metric("psnr_occluded", "truth foreground visibility", "dB", "PSNR over the part of the figure that the source hides"),
        _metric("region_lab", "truth parsing", "dE76", "distance in CIE Lab (D65) of the mean sRGB colours of output and "
                "truth, averaged over the true regions, background aside, of at least 0.2 % of the image", False),
        _metric("ffd", "judged", "", "Frechet distance of the judge's features of outputs and true targets", False),
        _metric("pckh", "judged", "", "share of the true visible joints, all pairs pooled, that the judge finds in the output "
                "within half a head: head = max(|neck - nose|, longer side of the box of the true joints / 7, 2 px)"),
        _metric("parsing_miou", "judged parsing", "", "IoU of the judge's parsing of the output and the true one, averaged "
                "over the classes in the truth (background included), then over pairs"),
        _metric("predicted_parsing_miou", "predicted labels", "", "IoU of the predicted target parsing and the true one in the "
                "recipe's region vocabulary, averaged over the classes in the truth, then over pairs; of recipes that predict "
                "one, and to be compared within a vocabulary"),
        _metric("epe", "motion flow visibility foreground", "px", "distance of the source position the model looks at from the "
                "true one, in image pixels, over the part of the figure that the source shows", False),
        DIVERSITY,
    ),
)  # fmt: skip

# What can be told of photographs without a published judge at hand; the definitions are those of figures-v1.
PHOTOS_V1 = Protocol(
    name="photos-v1",
    version="1",
    summary="rows of photographs with a true target: what figures-v1 says without a judge and without true flow",
    primary="masked_ssim",
    headline=("masked_ssim", "masked_psnr", "region_lab", "ssim"),
    metrics=tuple(m for m in FIGURES_V1.metrics if not m.needs & {"judged", "visibility", "flow"}),
)

# A photo in the pose of somebody else, of whom nothing else is told. What is kept is looked for where the skeleton went.
UNPAIRED_V1 = Protocol(
    name="unpaired-v1",
    version="1",
    summary="rows of photographs without a true target: colours kept along the limbs and in the regions, the pose found",
    primary="limb_lab",  # asks for the pose and for the clothes at once: a copy, a mean and a stick figure all fail it
    headline=("limb_lab", "kept_lab", "pckh", "ffd"),
    paired=False,
    metrics=(
        _metric("limb_lab", "", "dE76", "distance in CIE Lab (D65) of the source's colour and the output's, at five points of "
                "each limb (arms, legs, neck to hips, neck to nose) whose ends both skeletons show; colours are means over a "
                "square of H / 32", False),
        _metric("kept_lab", "judged worn", "dE76", "distance in CIE Lab (D65) of a region's mean sRGB colour in the source and "
                "in the output, averaged over the regions, background aside, of at least 0.2 % of both images; by the data's "
                "parsing of the source and the judge's of the output, both as scm8", False),
        FIGURES_V1.metric("pckh"),
        _metric("ffd", "judged", "", "Frechet distance of the judge's features of outputs and of their sources, which are real "
                "photos of the same held-out people; a copy of the source is at 0", False),
        DIVERSITY,
    ),
)  # fmt: skip

# A face on the edges of another, of whom the regions are known for scoring and nothing else is told.
FACES_V1 = Protocol(
    name="faces-v1",
    version="1",
    summary="rows of faces on the edges of others: colours kept region by region, edges found",
    primary="laid_lab",  # a copy has its colours where the other face has something else
    headline=("laid_lab", "edges_found"),
    paired=False,
    metrics=(
        _metric("laid_lab", "worn parsing", "dE76", "distance in CIE Lab (D65) of a region's mean sRGB colour in the source, "
                "by its own parsing, and in the output, by the target's, averaged over the regions, background aside, of at "
                "least 0.2 % of both images", False),
        _metric("edges_found", "edges", "", "share of the target's edges that lie within a pixel of an edge of the output: "
                "Canny's of the grey image, sigma 1, thresholds 0.1 and 0.2"),
        DIVERSITY,
    ),
)  # fmt: skip

PROTOCOLS = {p.name: p for p in (FIGURES_V1, PHOTOS_V1, UNPAIRED_V1, FACES_V1)}


def protocol(name: str) -> Protocol:
    """The protocol called `name`, or a ZooError with the nearest name."""
    if name in shipped():
        fix = f"name {' or '.join(PROTOCOLS)} in the track, and score its pictures by zoo score"
        raise ZooError(f"{name} scores pictures on disk, not rows of a track", where="protocol", fix=fix, exit_code=2)
    if name not in PROTOCOLS:
        raise unknown("protocol", name, PROTOCOLS, where="protocol")
    return PROTOCOLS[name]
