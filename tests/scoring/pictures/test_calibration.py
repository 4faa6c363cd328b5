"""The shipped protocols against figures measured on one published output, with other code: a public demo's own pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from tests.support import SHARED
from zoo.photos.images import to_tensor, write_image
from zoo.scoring.pictures.document import PictureProtocol, Preparation, Resizing, Showing, picture_protocol
from zoo.scoring.pictures.frames import Layout
from zoo.scoring.pictures.naming import Couple
from zoo.scoring.pictures.scoring import score_pictures
from zoo.scoring.pictures.supplies import Supplies
from zoo.scoring.pictures.views import resized

Array = np.ndarray[Any, np.dtype[Any]]
Reference = Callable[[Array, Array], float]

DEMO = SHARED / "fixtures" / "spt_demo" / "results" / "2_A.jpg_2_B.jpg.png"
pytestmark = pytest.mark.skipif(not DEMO.exists(), reason="needs the demo of SPT in ../shared/fixtures, which is not public")


@pytest.fixture(scope="module")
def couples(tmp_path_factory: pytest.TempPathFactory) -> dict[Layout, Couple]:
    """The demo's output and its target, whole frames as they lie in its picture; and squashed to a square by cv2's bicubic."""
    folder, strip = tmp_path_factory.mktemp("demo"), Image.open(DEMO)
    for name, left in (("target", 256), ("output", 512)):
        whole = strip.crop((left, 0, left + 256, 256))
        whole.save(folder / f"{name}.png")
        person = to_tensor(whole.crop((40, 0, 216, 256)))[None]
        write_image(folder / f"{name}_squashed.png", resized(person, Resizing(size=(256, 256), kernel="cv2-bicubic"))[0])

    def couple(suffix: str) -> Couple:
        return Couple("output", folder / f"output{suffix}.png", folder / f"target{suffix}.png", target_name="target")

    return {"banded": couple(""), "person": couple("_squashed")}


def bare(name: str, metric: str, view: Showing | None = None, **prepare: object) -> PictureProtocol:
    """A shipped protocol with this metric alone, without its way through a JPEG."""
    protocol = picture_protocol(name)
    [rule] = [rule for rule in protocol.metrics if rule.name == metric]
    kept = rule if view is None else rule.model_copy(update={"view": view})
    ready = Preparation.model_validate({**protocol.prepare.model_dump(), "jpeg": None, **prepare})
    return protocol.model_copy(update={"metrics": [kept], "prepare": ready})


def gaussian(truth: Array, output: Array) -> float:
    """PATN's SSIM as scikit-image computes it."""
    span = int(output.max()) - int(output.min())
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(structural_similarity(truth, output, channel_axis=2, data_range=span, **options))


def uniform(width: int) -> Reference:
    return lambda truth, output: float(structural_similarity(truth, output, win_size=width, channel_axis=2, data_range=255))


def psnr(truth: Array, output: Array) -> float:
    return float(peak_signal_noise_ratio(truth, output))


def wrapped(truth: Array, output: Array) -> float:
    """PISE's, in numpy's bytes."""
    return float(20 * np.log10(255) - 10 * np.log10(((output - truth) ** 2).mean()))


def between(picture: Array) -> Array:
    return picture[:, 40:216]


def repadded(picture: Array) -> Array:
    return np.pad(between(picture), ((0, 0), (40, 40), (0, 0)), constant_values=255)


def whole(picture: Array) -> Array:
    return picture


@pytest.mark.parametrize(
    ("protocol", "layout", "measured", "reference", "of"),
    [
        (bare("patn-fashion", "ssim"), "banded", 0.754, gaussian, repadded),
        (bare("patn-fashion", "ssim", view=Showing()), "banded", 0.653, gaussian, between),
        (bare("if-default7", "ssim"), "banded", 0.745, uniform(7), whole),
        (bare("if-default7", "ssim", frame="person", size=(256, 176)), "banded", 0.659, uniform(7), between),
        (bare("cfld-256x176", "ssim"), "banded", 0.780, uniform(51), between),
        (bare("gfla-256", "ssim_256"), "person", 0.669, gaussian, whole),
        (bare("gfla-256", "ssim"), "person", 0.745, uniform(51), whole),
        (bare("dptn-fashion", "ssim"), "banded", 0.831, uniform(51), repadded),
        (bare("cfld-256x176", "psnr"), "banded", 18.38, psnr, between),
        (bare("dptn-fashion", "psnr"), "banded", 20.01, psnr, repadded),
        (bare("if-default7", "psnr"), "banded", 19.37, psnr, whole),
        (bare("pise-psnr-legacy", "psnr_wrapped"), "banded", 29.56, wrapped, between),
    ],
)
def test_the_figures_of_the_fields_scripts_come_out(
    couples: dict[Layout, Couple],
    protocol: PictureProtocol,
    layout: Layout,
    measured: float,
    reference: Reference,
    of: Callable[[Array], Array],
) -> None:
    couple, supplies = couples[layout], Supplies(layouts={"outputs": layout, "targets": layout})
    [score] = score_pictures([couple], [protocol], supplies).scores[protocol.name].values()
    half = 0.5 * (0.01 if measured > 1 else 0.001)  # of the last digit told
    assert score.value == pytest.approx(measured, abs=half + 1e-6)
    truth, output = (of(np.asarray(Image.open(path))) for path in (couple.target, couple.output))
    assert score.value == pytest.approx(reference(truth, output), abs=1e-4)
