"""The report: self-contained, escaped, readable without scripts."""

import base64
import dataclasses
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.results.runs import changed, make_record
from zoo.documents.columns import amount
from zoo.errors import visible
from zoo.explain import Cell, Panel
from zoo.report import ROWS, Beside, Strip, render_page, write_report
from zoo.report.arenas import abridged, arenas
from zoo.report.html import Markup, tag
from zoo.report.plain import plain_section
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import protocol
from zoo.scoring.samples import Sample
from zoo.store.registry import Published

VOID = {"meta", "img"}


class Page(HTMLParser):
    """A page's elements, checked to be nested properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []  # innermost element, text
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((name, dict(attrs)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.words.append((self.open[-1] if self.open else "", data))

    def elements(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.found if found == name]


def score(mean: float) -> dict[str, Interval]:
    return {"masked_ssim": Interval(mean=mean, low=mean - 0.05, high=mean + 0.05, n=8)}


def records() -> list[Record]:
    return [
        make_record(score(0.8), recipe="better"), make_record(score(0.3), recipe="worse"),
        make_record(score(0.9), recipe="seer", oracle=True), make_record(score(0.8), recipe="album", sources=3),
        make_record(score(0.7), recipe="hasty", images_seen=4, steps=2),
    ]  # fmt: skip


def sample(seed: int, *, motion: bool = True) -> Sample:
    pictures = np.random.default_rng(seed).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
    source, pose, output, truth, moved = pictures
    return Sample(f"s{seed}", source, pose, output, truth, moved if motion else None)


def page(*strips: Strip, published: tuple[Published, ...] = ()) -> str:
    return render_page(standings(records(), {}), Beside(strips=strips, published=published))


def data_of(text: str) -> dict[str, Any]:
    """The data block of a page."""
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(block)


def test_without_scripts_every_row_stands_in_a_table() -> None:
    found = Page(page())
    rows = found.elements("tr")[1:]
    names = [word for element, word in found.words if element == "th"][-len(rows) :]
    assert names[:2] == ["better", "worse"] and set(names[2:]) == {"seer", "album", "hasty"}
    cells = [word for element, word in found.words if element == "td"]
    ranks = [cells[i * (len(cells) // len(rows))] for i in range(len(rows))]
    assert ranks == ["1", "2", "–", "–", "–"], "an oracle, several photos and another budget are shown, not ranked"
    said = {word.split(";")[0] for element, word in found.words if element == "small"}
    several = "sees 3 photos of the person, the ranked rows one"
    assert {
        several,
        "oracle: sees what nobody knows, the target's true regions or its picture",
        "trained on 4 images, the track allows 20",
    } <= said


def test_nothing_is_fetched() -> None:
    found = Page(page(Strip("run", [sample(0)])))
    assert policy(found).startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not found.elements("link") and all("src" not in s for s in found.elements("script"))
    assert "connect" not in policy(found) and "unsafe" not in policy(found)
    for name, attributes in found.found:
        for key in ("src", "href"):
            assert (attributes.get(key) or "#").startswith(("#", "data:image/png;base64,")), name
    assert set(re.findall(r"https?://[^\s\"]*", page())) == {"http://www.w3.org/2000/svg"}, "a name, which nobody fetches"
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp|innerHTML|insertAdjacent|document\.write|eval\(", page())


def policy(found: Page) -> str:
    return next(m["content"] or "" for m in found.elements("meta") if m.get("http-equiv") == "Content-Security-Policy")


def test_only_the_page_s_own_style_and_script_are_allowed() -> None:
    text = page(Strip("run", [sample(0)]))
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)  # the data block has a type, and runs nothing
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy(Page(text))
    assert not [k for _, attributes in Page(text).found for k in attributes if k == "style" or k.startswith("on")]


def test_a_page_of_many_runs_stays_light_and_has_them_all() -> None:
    scores = {name: Interval(mean=i + 1 / 3, low=i, high=i + 1, n=8) for i, name in enumerate(METRICS)}
    one = make_record(scores, oracle=False)
    many = [reseeded(one, i) for i in range(2000)]
    text = render_page(standings(many, {}), Beside(mine={many[-1].id}))
    (arena,) = data_of(text)["arenas"]
    assert len(text.encode()) < 8_000_000 / 5, "10,000 stay below 8 MB"
    assert len(arena["rows"]) == len(many)
    assert len(Page(text).elements("tr")) <= ROWS + 2 and "1,599 rows more are left out" in text
    assert many[-1].id[:12] in text


METRICS = [metric.name for metric in protocol("figures-v1").metrics]


def reseeded(record: Record, seed: int) -> Record:
    """A record of another seed, other weights and another recipe; quicker than `changed`, which checks what was checked."""
    digest = f"{seed:064x}"
    recipe = record.recipe.model_copy(update={"changes": [f"losses.rec.weight={seed}"]})
    weights = record.weights.model_copy(update={"sha256": digest[::-1]})
    return record.model_copy(update={"id": digest, "seed": seed, "recipe": recipe, "recipe_digest": digest, "weights": weights})


def test_of_many_arenas_some_rows_are_counted_apart() -> None:
    each = [make_record(score(0.5))] * 7
    apart = abridged([arena for r in each for arena in arenas(standings([r], {}))], 3)
    assert sorted(len(a.rows) for a in apart) == [0, 0, 0, 0, 1, 1, 1]
    assert "4 rows more of other tracks" in plain_section(apart)


def test_pictures_are_exact_and_labelled() -> None:
    one, two = sample(1), sample(2, motion=False)
    found = Page(page(Strip("run", [one, two])))
    images = found.elements("img")
    assert len(images) == 5 + 4
    wanted = [one.source, one.pose, one.output, one.truth, one.motion, two.source, two.pose, two.output, two.truth]
    for image, picture in zip(images, wanted, strict=True):
        data = base64.b64decode((image["src"] or "").split(",")[1])
        assert np.array_equal(np.array(Image.open(io.BytesIO(data))), picture)
    assert (images[4]["alt"], images[8]["alt"]) == ("moved source of s1", "truth of s2")


def test_panels_are_folded_below_their_pair(tmp_path: Path) -> None:
    small, large = (np.random.default_rng(n).integers(0, 256, (n, n, 3), dtype=np.uint8) for n in (6, 200))
    panel = Panel("flow", "Flow", "a <note>", (Cell("head", small), Cell("wheel", large)), (Cell("key", small[:2]),))
    text = page(Strip("run", [dataclasses.replace(sample(1), panels=(panel,)), sample(2)]))
    found = Page(text)
    told = [i for i in found.elements("img") if (i["alt"] or "").startswith("Flow of s1")]
    assert [i["alt"] for i in told] == ["Flow of s1: head", "Flow of s1: wheel"] and "a &lt;note&gt;" in text
    first, second = (Image.open(io.BytesIO(base64.b64decode((i["src"] or "").split(",")[1]))) for i in told)
    assert np.array_equal(np.array(first), small), "small pictures are exact"
    assert second.mode == "P" and second.size == (200, 200), "large ones have a palette"
    assert [element for element, word in found.words if word == "What the model goes by"] == ["summary"]


def test_quoted_numbers_stand_apart_and_are_not_ranked() -> None:
    quoted = Published(paper="theirs", table="Table 1", dataset="D", method="Theirs", metrics={"ssim": 0.99})
    text = page(published=(quoted,))
    boards, _, apart = text.partition('<section class="quoted">')
    assert "Theirs" not in boards and "Theirs" in apart and "not ranked" in apart
    assert data_of(text)["quoted"] == [], "only what is a variant of ours stands beside it"


hostile = st.text(st.sampled_from("<>&\"'/=$ abjs{}\\\n\u2028\u202e\x1b\x00"), min_size=1, max_size=20).filter(str.strip)


@given(hostile)
def test_whatever_a_record_says_is_text(words: str) -> None:
    words = f"<script>alert(1)</script>{words}"
    record = make_record(score(0.5), data=words, versions={words: words})
    record = changed(record, recipe={**record.recipe.model_dump(), "name": words})
    strips = [Strip(words, [Sample(words, *(np.zeros((2, 2, 3), np.uint8),) * 4)])]
    quoted = Published(paper=words, table=words, dataset=words, method=words, variant=words, metrics={words: 1.0})
    beside = Beside(strips=strips, published=[quoted], licences={"a" * 64: words})
    text = render_page(standings([record], {}), beside, title=words)
    found = Page(text)
    assert len(found.elements("script")) == 2 and len(found.elements("h1")) == 1
    assert data_of(text)["recipes"][0]["name"] == visible(words)
    assert found.words.count(("h1", visible(words))) == 1


def test_the_page_is_a_pure_function_and_is_written_whole(tmp_path: Path) -> None:
    assert page() == page()
    write_report(tmp_path / "deep" / "page.html", standings(records(), {}))
    assert (tmp_path / "deep" / "page.html").read_text(encoding="utf-8") == page()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["page.html"]


def test_no_records_is_a_page_too() -> None:
    assert "No records yet" in render_page([])


def test_arenas_are_kept_apart() -> None:
    everyone = [make_record(score(0.5)), make_record(score(0.5), data="e" * 64), make_record(score(0.5), pairs=9)]
    assert [len(a.rows) for a in arenas(standings(everyone, {}))] == [1, 1, 1]


def test_a_protocol_this_zoo_does_not_know_is_shown_unranked() -> None:
    stranger = changed(make_record({"odd": Interval(mean=1, low=1, high=1, n=2)}), protocol="of-tomorrow")
    text = render_page(standings([stranger], {}))
    assert "of-tomorrow" in text and "odd" in text


def test_markup_is_made_by_tag_alone() -> None:
    assert tag("p", "a < b", Markup("<i></i>"), class_="x", data_v='"', absent=None) == (
        '<p class="x" data-v="&quot;">a &lt; b<i></i></p>'
    )
    assert tag("img", src="x") == '<img src="x">'


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (999, "999"), (1500, "1.5k"), (1234567, "1.23M"), (2e9, "2G")])
def test_amounts(count: float, text: str) -> None:
    assert amount(count) == text
