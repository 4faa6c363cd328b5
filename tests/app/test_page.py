"""The page in a browser: what a person does there, and what is left of it."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("gradio", reason="gradio is not installed")

from tests.app.conftest import ASKED, SIZE, photo
from zoo.app.serving import served
from zoo.app.visitors import Workshop
from zoo.photos.uploads import MEGABYTES
from zoo.skeleton import JOINT_NAMES

ALBUM = "copy/puppet of two"
WRIST, ELBOW = JOINT_NAMES.index("r_wrist"), JOINT_NAMES.index("r_elbow")
PAINTED = "#result .painted:not([hidden]) img"


@pytest.fixture(scope="module")
def address(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, on a free port; whatever is written, goes to a folder that is empty in the end."""
    changes = ["sources=2", 'merge.wear=["base.several"]']
    workshop.offered[ALBUM] = replace(ASKED, changes=changes)
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.delenv("GRADIO_TEMP_DIR", raising=False)
        with served(workshop) as address:
            yield address
            assert not files_in(folder), "nothing is kept while the page is up"
        assert not files_in(folder), "nor afterwards"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """A visit; nothing may go wrong in it, and nobody else be asked for anything."""
    context, wrong = chromium.new_context(viewport={"width": 1280, "height": 900}), []
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: request.url.startswith((address, "data:", "blob:")) or wrong.append(request.url))
    page.goto(address)
    yield page
    context.close()
    assert not wrong


def give(page: Any, stage: str, name: str, content: bytes) -> None:
    page.set_input_files(f"#{stage} input", {"name": name, "mimeType": "image/png", "buffer": content})


def painted(page: Any, before: str = "") -> str:
    """The result, once it is another one."""
    page.wait_for_function("([at, old]) => (document.querySelector(at) || {}).src && document.querySelector(at).src !== old",
                           arg=[PAINTED, before])  # fmt: skip
    return str(page.locator(PAINTED).first.get_attribute("src"))


def settled(page: Any) -> None:
    """Nothing is faded any more, as Gradio fades what it is about to replace."""
    page.wait_for_function("""[...document.querySelectorAll('small')].every(text => {
        for (let at = text; at; at = at.parentElement) if (getComputedStyle(at).opacity < 1) return false
        return true
    })""")


def joint(page: Any, name: str) -> tuple[float, float]:
    """Where the middle of a joint lies on the screen."""
    box = page.locator(f"#pose [data-joint={name}] .joint").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def one(workshop: Workshop) -> Any:
    """The latest visitor."""
    return next(reversed(workshop._visitors.values()))


def test_a_photo_a_drag_and_where_a_point_came_from(page: Any, workshop: Workshop) -> None:
    give(page, "person", "me.png", photo())
    first = painted(page)
    assert page.locator("#person .told").text_content() == "18 of 18 joints, 0.80 sure; regions 1.00 sure"
    assert page.locator("#pose .handle").count() == 18 and page.locator("#person .handle").count() == 0

    (x, y), elbow = joint(page, "r_wrist"), joint(page, "r_elbow")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, elbow[1] - 30, steps=3)
    page.mouse.up()
    second = painted(page, first)
    pose, own = one(workshop).pose[0], one(workshop).figure.subject.skeleton[0]
    scale = page.locator("#pose svg").bounding_box()["height"] / SIZE[0]
    assert joint(page, "r_wrist") == pytest.approx((x - 20, elbow[1] - 30), abs=1)
    assert float(own[WRIST][0] - pose[WRIST][0]) == pytest.approx(20 / scale, abs=0.5) and pose[ELBOW].equal(own[ELBOW])

    page.locator("#result .painted").hover(position={"x": 5, "y": 5})
    page.locator("#result .way").wait_for()
    assert page.locator("#result .way").all_text_contents() == ["the photo's figure, laid out in the pose"]
    ring = page.locator("#result .source .ring.photo")
    assert float(ring.get_attribute("cx")) == pytest.approx(5 / scale, abs=2)
    with page.expect_download() as saved:
        page.locator("#result .save").click()
    with Image.open(saved.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", SIZE[::-1])

    page.locator("#again").click()
    assert painted(page, second) == first, "back in their own pose"


def test_keys_move_joints_too_and_no_limb_grows(page: Any, workshop: Workshop) -> None:
    give(page, "person", "me.png", photo())
    first = painted(page)
    page.locator("#pose [data-joint=r_wrist]").focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    painted(page, first)
    pose, own = one(workshop).pose[0], one(workshop).figure.subject.skeleton[0]
    long, before = (float((joints[WRIST] - joints[ELBOW]).norm()) for joints in (pose, own))
    assert pose[WRIST][0] < own[WRIST][0] - 5 and long <= 1.3 * before


def test_a_pose_a_recipe_and_clothes_of_others(page: Any) -> None:
    give(page, "person", "me.png", photo())
    shown = painted(page)
    give(page, "pose", "pose.png", photo(seed=1, size=(128, 128)))
    shown = painted(page, shown)
    give(page, "reference", "other.png", photo(seed=2))
    page.locator("#swap label", has_text="upper").click()
    shown = painted(page, shown)
    page.locator("#recipe input").click()
    page.get_by_role("option", name="partflow, 128x88").click()
    page.locator("#result .fault", has_text="photo is in parts").wait_for()
    page.locator("#swap label", has_text="upper").click()
    painted(page, shown)
    assert "Flow" in page.locator("#panels h3").all_text_contents()
    page.locator("#result .painted").hover()
    page.locator("#result .way.flow").wait_for()
    assert page.locator("#result .way.photo").count() == 1


def test_a_recipe_of_several_photos_asks_for_them(page: Any, workshop: Workshop) -> None:
    give(page, "person", "me.png", photo())
    one = painted(page)
    assert not page.locator("#others").is_visible(), "the first recipe reads one"
    pick(page, ALBUM)
    page.locator("#result .told", has_text="reads 2 photos of a person and saw 1").wait_for()
    give(page, "others", "more.png", photo(seed=1))
    page.locator("#others .told", has_text="photo 2 of the person: 18 of 18 joints").wait_for()
    page.wait_for_function("() => !document.querySelector('#result .told').textContent.includes('saw 1')")
    two = painted(page, one)
    assert "photo 2 of the person" in page.locator("#panels").inner_text()
    give(page, "others", "third.png", photo(seed=2))
    fault = page.locator("#others .fault", has_text="reads 2 photos of a person, and 3 are given")
    fault.wait_for()
    assert "where: the page" in fault.inner_text() and "fix: leave 1 of them out" in fault.inner_text()
    page.locator("#alone").click()
    assert painted(page, two) == one
    pick(page, "copy/puppet, 128x88")
    page.locator("#others").wait_for(state="hidden")


def test_what_went_wrong_is_shown_with_where_and_the_mend(page: Any, workshop: Workshop, monkeypatch: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a part is broken")

    give(page, "person", "me.png", photo())
    painted(page)
    monkeypatch.setattr("zoo.app.visitors.paint", broken)
    page.locator("#again").click()
    fault = page.locator("#result .fault", has_text="a part is broken")
    fault.wait_for()
    lines = fault.inner_text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["RuntimeError", "where", "fix"]


def pick(page: Any, name: str) -> None:
    page.locator("#recipe input").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_several_people_are_told_and_picked(page: Any, workshop: Workshop) -> None:
    give(page, "person", "two.png", photo(2))
    painted(page)
    page.locator("#number label", has_text="2").click()
    page.locator("#person .told", has_text="person 2 of 2").wait_for()
    assert one(workshop).figure.number == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no picture", "broken.png is not a readable image"), (photo(0), "nobody was found in broken.png")],
    ids=["broken", "nobody"],
)
def test_a_photo_that_is_none_gets_a_message(page: Any, content: bytes, says: str) -> None:
    give(page, "person", "broken.png", content)
    page.locator("#person .fault", has_text=says).wait_for()
    give(page, "person", "me.png", photo())
    painted(page)
    assert not page.locator("#person .fault").text_content(), "and the next one is taken"


def test_what_is_too_large_is_not_even_sent(page: Any) -> None:
    page.locator("#person .stage").wait_for()
    page.evaluate(
        """size => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([new ArrayBuffer(size)], "large.png", { type: "image/png" }));
            document.querySelector("#person .stage").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped }));
        }""",
        (MEGABYTES << 20) + 1,
    )
    page.locator("#person .fault", has_text=f"give a photo of at most {MEGABYTES} MB").wait_for()


def test_whoever_leaves_is_forgotten(page: Any, workshop: Workshop) -> None:
    give(page, "person", "me.png", photo())
    painted(page)
    known = one(workshop)
    page.close()
    deadline = time.monotonic() + 20
    while any(visitor is known for visitor in workshop._visitors.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(visitor is known for visitor in workshop._visitors.values())


@pytest.mark.parametrize("width", [400, 1280])
def test_everybody_can_use_it(page: Any, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page.set_viewport_size({"width": width, "height": 800})
    give(page, "person", "me.png", photo())
    painted(page)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert not [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
