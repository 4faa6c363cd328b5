"""What happens on the page, without a page."""

import io

import pytest
import torch
from PIL import Image

from tests.annotation.nets import Halves, Stage
from tests.app.conftest import ASKED, SIZE, STANDING, Crowd, photo
from zoo.app.exhibits import offered
from zoo.app.visitors import VISITORS, Visitor, Workshop
from zoo.errors import ZooError
from zoo.photos.uploads import MEGABYTES, MEGAPIXELS
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request
from zoo.skeleton import JOINT_NAMES

WRIST, NECK = JOINT_NAMES.index("r_wrist"), JOINT_NAMES.index("neck")
FIRST = "copy/puppet, 128x88"


@pytest.fixture
def visitor(workshop: Workshop) -> Visitor:
    """Who has handed over a photo."""
    visitor = Visitor()
    visitor.welcome(workshop.look("me.png", photo()))
    return visitor


def joints(visitor: Visitor) -> list[list[float]]:
    assert visitor.pose
    return visitor.pose[0].tolist()


def test_nothing_is_offered_that_never_saw_a_photo() -> None:
    names = [*offered(ASKED)]
    assert names[0] == FIRST, "what was asked for comes first"
    assert "copy/sheets, 256x176" in names and "scmnet, 256x176" in names
    assert not any("64x64" in name for name in names), "figures-64 knows no photographs"


def test_a_figure_comes_with_what_nets_see_and_holds_their_own_pose(visitor: Visitor) -> None:
    figure = visitor.known()
    assert figure.subject.size == SIZE and figure.words == "spt10" and figure.regions() == ["upper", "pants"]
    assert torch.allclose(figure.subject.skeleton[0], torch.tensor(STANDING) * torch.tensor([SIZE[1], SIZE[0]]), atol=0.51)
    assert joints(visitor) == figure.subject.skeleton[0].tolist() and "18 of 18 joints, 0.80 sure" in str(figure)


def test_who_stays_as_they_are_comes_from_where_they_are(workshop: Workshop, visitor: Visitor) -> None:
    painting = visitor.paint(workshop.model(FIRST), [])
    assert painting.image.size == SIZE[::-1]
    for x, y in ((44, 50), (20, 60), (3, 3)):
        [origin] = painting.origins(x, y)
        assert (origin.x, origin.y) == pytest.approx((x, y), abs=1.5) and origin.by == "photo"


def test_a_recipe_for_a_track_without_words_of_its_own_paints_in_the_parsers() -> None:
    asked = Request("spgnet", track="figures-64", device="cpu")
    drawing = Workshop(asked, Stage(catalog(), "crowd", "halves", detecting=Crowd(), parsing=Halves()))
    visitor = Visitor()
    visitor.welcome(drawing.look("me.png", photo()))
    assert visitor.known().words == "cihp20"
    assert visitor.paint(drawing.model(next(iter(drawing.offered))), []).image.size == SIZE[::-1]


def test_a_dragged_joint_takes_its_pixels_along(workshop: Workshop, visitor: Visitor) -> None:
    moved, own = joints(visitor), joints(visitor)[WRIST]
    moved[WRIST] = [10.0, 20.0]
    before = visitor.paint(workshop.model(FIRST), []).image
    visitor.set_pose(moved)
    painting = visitor.paint(workshop.model(FIRST), [])
    assert painting.image.tobytes() != before.tobytes()
    [origin] = painting.origins(11, 22)
    assert "figure" in origin.way and (origin.x, origin.y) == pytest.approx(own, abs=6)
    visitor.stand_as_before()
    assert joints(visitor)[WRIST] == own


def test_a_pose_is_taken_with_limbs_of_ones_own(workshop: Workshop, visitor: Visitor) -> None:
    visitor.take_pose(workshop.look("pose.png", photo(size=(256, 256))))
    assert joints(visitor)[NECK][0] == pytest.approx(STANDING[NECK][0] * SIZE[1], abs=3), "in my place, not theirs"


def test_clothes_of_another_are_taken_over(workshop: Workshop, visitor: Visitor) -> None:
    visitor.dress(workshop.look("other.png", photo(seed=1)))
    plain, worn = (visitor.paint(workshop.model(FIRST), swap).image.tobytes() for swap in ([], ["upper"]))
    assert plain != worn


def test_one_of_several_people_is_picked(workshop: Workshop) -> None:
    visitor = Visitor()
    visitor.welcome(figure := workshop.look("two.png", photo(2)))
    workshop.show_another(visitor, 2)
    other = visitor.known()
    assert (figure.number, figure.people, other.number) == (1, 2, 2) and str(other).startswith("person 2 of 2")
    assert not torch.equal(figure.subject.skeleton[0], other.subject.skeleton[0])


@pytest.mark.parametrize(
    "wrong", [[], [[1.0, 2.0]] * 17, [[1.0]] * 18, [None] * 18, [[float("nan"), 1.0]] * 18, [[1e9, 1e9]] * 18]
)
def test_what_is_no_skeleton_is_refused(visitor: Visitor, wrong: list[list[float] | None]) -> None:
    with pytest.raises(ZooError):
        visitor.set_pose(wrong)
    assert joints(visitor) == visitor.known().subject.skeleton[0].tolist(), "and the pose stays"


def large() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (10_000, MEGAPIXELS * 100 + 1)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a readable image"), (b"GIF89a", "not a readable image"), (photo()[:2000], "damaged or truncated"),
        (photo(0), "nobody was found"), (large(), "million pixels"), (bytes((MEGABYTES << 20) + 1), f"at most {MEGABYTES} MB"),
    ],
    ids=["empty", "other format", "half", "nobody", "pixels", "bytes"],
)  # fmt: skip
def test_a_photo_that_is_none_is_refused(workshop: Workshop, content: bytes, says: str) -> None:
    with pytest.raises(ZooError) as refused:
        workshop.look("../../me.png", content)
    assert says in f"{refused.value.what} {refused.value.fix}"


def test_nobody_is_asked_for_first(workshop: Workshop) -> None:
    for act in (
        lambda v: v.stand_as_before(),
        lambda v: v.set_pose([[1.0, 2.0]] * 18),
        lambda v: v.paint(workshop.model(FIRST), []),
    ):
        with pytest.raises(ZooError, match="nobody is there"):
            act(Visitor())


def test_who_leaves_is_forgotten_and_few_are_remembered(workshop: Workshop) -> None:
    gone = workshop.visitor("gone")
    gone.welcome(workshop.look("me.png", photo()))
    gone.paint(workshop.model(FIRST), [])
    key = gone.key
    assert workshop.painting(key) is gone.painting and workshop.painting("another") is None
    workshop.forget("gone")
    assert workshop.painting(key) is None and workshop.visitor("gone").figure is None
    kept = workshop.visitor("kept")
    for number in range(VISITORS):
        workshop.visitor("kept")
        workshop.visitor(str(number))
    assert workshop.visitor("kept") is kept
    for number in range(VISITORS):
        workshop.visitor(str(number))
    assert workshop.visitor("kept") is not kept


def test_an_unknown_recipe_is_told_with_the_nearest(workshop: Workshop) -> None:
    with pytest.raises(ZooError, match=f"did you mean '{FIRST}'"):
        workshop.model("copy/pupet, 128x88")
