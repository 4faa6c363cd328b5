"""The shipped protocols against figures measured on one published output, with other code: a public demo's own pictures."""

import pytest
from PIL import Image

from tests.support import SHARED
from zoo.photos.images import to_tensor, write_image
from zoo.scoring.pictures.document import PictureProtocol, Preparation, Resizing, Showing, picture_protocol
from zoo.scoring.pictures.frames import Layout
from zoo.scoring.pictures.naming import Couple
from zoo.scoring.pictures.scoring import score_pictures
from zoo.scoring.pictures.supplies import Supplies
from zoo.scoring.pictures.views import resized

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


@pytest.mark.parametrize(
    ("protocol", "layout", "measured"),
    [
        (bare("patn-fashion", "ssim"), "banded", 0.754),
        (bare("patn-fashion", "ssim", view=Showing()), "banded", 0.653),  # the same kernel, nothing padded
        (bare("if-default7", "ssim"), "banded", 0.745),
        (bare("if-default7", "ssim", frame="person", size=(256, 176)), "banded", 0.659),  # between the bands
        (bare("cfld-256x176", "ssim"), "banded", 0.780),
        (bare("gfla-256", "ssim_256"), "person", 0.669),
        (bare("gfla-256", "ssim"), "person", 0.745),
        (bare("dptn-fashion", "ssim"), "banded", 0.831),
        (bare("cfld-256x176", "psnr"), "banded", 18.38),
        (bare("dptn-fashion", "psnr"), "banded", 20.01),
        (bare("if-default7", "psnr"), "banded", 19.37),
        (bare("pise-psnr-legacy", "psnr_wrapped"), "banded", 29.56),
    ],
)
def test_the_figures_of_the_fields_scripts_come_out(
    couples: dict[Layout, Couple], protocol: PictureProtocol, layout: Layout, measured: float
) -> None:
    supplies = Supplies(layouts={"outputs": layout, "targets": layout})
    [score] = score_pictures([couples[layout]], [protocol], supplies).scores[protocol.name].values()
    half = 0.5 * (0.01 if measured > 1 else 0.001)  # of the last digit told
    assert score.value == pytest.approx(measured, abs=half + 1e-6)
