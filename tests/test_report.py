"""The report: self-contained, escaped, readable without scripts."""

import base64
import dataclasses
import hashlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.test_records import changed, make_record
from zoo.errors import visible
from zoo.explain import Cell, Panel
from zoo.report import ROWS, Strip, render_page, write_report
from zoo.report.arenas import Arena, amount, arenas, shortened
from zoo.report.html import Markup, tag
from zoo.report.tables import leaderboard_section
from zoo.results.leaderboard import leaderboard
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
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
        make_record(score(0.9), recipe="seer", oracle=True), make_record(score(0.7), recipe="hasty", images_seen=4, steps=2),
    ]  # fmt: skip


def sample(seed: int, *, motion: bool = True) -> Sample:
    pictures = np.random.default_rng(seed).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
    source, pose, output, truth, moved = pictures
    return Sample(f"s{seed}", source, pose, output, truth, moved if motion else None)


def page(*strips: Strip, published: tuple[Published, ...] = ()) -> str:
    return render_page(leaderboard(records()), records(), strips, published)


def test_every_row_stands_in_its_table_with_its_facts() -> None:
    text = page()
    found = Page(text)
    assert [a["href"] for a in found.elements("a")] == [
        f"#{d['id']}" for d in found.elements("details") if d.get("id")
    ]  # fmt: skip
    names = [word for element, word in found.words if element == "a"]
    assert names[:2] == ["better", "worse"] and set(names[2:]) == {"seer", "hasty"}
    ranks = [a["data-v"] for a in found.elements("td") if a.get("class") == "rank"]
    assert ranks == ["1", "2", "", ""], "an oracle and another budget are shown, not ranked"
    assert "sees the target" in text and "trained on 4 images, the track allows 20" in text
    for record in records():
        assert record.id in text and record.data_digest in text


def test_nothing_is_fetched() -> None:
    found = Page(page(Strip("run", [sample(0)])))
    assert policy(found).startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not found.elements("link") and all("src" not in s for s in found.elements("script"))
    for name, attributes in found.found:
        for key in ("src", "href"):
            assert (attributes.get(key) or "#").startswith(("#", "data:image/png;base64,")), name
    assert not re.search(r"https?://|@import|url\(", page())


def policy(found: Page) -> str:
    return next(m["content"] or "" for m in found.elements("meta") if m.get("http-equiv") == "Content-Security-Policy")


def test_only_the_page_s_own_style_and_script_are_allowed() -> None:
    text = page(Strip("run", [sample(0)]))
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy(Page(text))
    assert "unsafe" not in text
    assert not [k for _, attributes in Page(text).found for k in attributes if k == "style" or k.startswith("on")]


def test_a_page_of_many_runs_stays_light() -> None:
    one, other = make_record(score(0.5)), make_record(score(0.5), data="e" * 64)
    many = [changed(one, seed=i) for i in range(ROWS + 200)]
    scored = [changed(other, seed=i, scores=worth(i)) for i in range(300)]
    rows = leaderboard([*many, *scored])
    last = [row["record"] for row in rows if row["scores"] == many[0].model_dump()["scores"]][-1]
    text = render_page(rows, [*many, *scored], keep={last})
    found = Page(text)
    shown = {a["href"] for a in found.elements("a")}
    assert len(text) < 5_000_000 and len(shown) == ROWS + 1 and f"#run-{last[:12]}" in shown
    assert "499 rows more are left out" in text
    assert {f"#run-{r.id[:12]}" for r in scored} <= shown, "a small arena is whole"


def worth(i: int) -> dict[str, dict[str, float]]:
    return {"masked_ssim": {"mean": i / 1000, "low": i / 1000, "high": i / 1000, "n": 8}}


def test_of_many_arenas_some_rows_are_counted_apart() -> None:
    each = [make_record(score(0.5))] * 7
    apart = shortened([Arena(leaderboard([r]), [r]) for r in each], 3)
    assert sorted(len(a.rows) for a in apart) == [0, 0, 0, 0, 1, 1, 1]
    assert "4 rows more of other tracks" in leaderboard_section(apart)


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
    assert 'class="board"' not in apart.split("<script>")[0]


def test_scores_that_cannot_be_told_from_the_best_are_bold() -> None:
    everyone = [make_record(score(m), recipe=n) for n, m in (("a", 0.8), ("b", 0.75), ("c", 0.3))]
    found = Page(render_page(leaderboard(everyone), everyone))
    assert [word for element, word in found.words if element == "b"] == ["0.8", "0.75"]


hostile = st.text(st.sampled_from("<>&\"'/=$ abjs{}\\\n\u2028\u202e\x1b\x00"), min_size=1, max_size=20).filter(str.strip)


@given(hostile)
def test_whatever_a_record_says_is_text(words: str) -> None:
    words = f"<script>alert(1)</script>{words}"
    record = make_record(score(0.5), data=words, versions={words: words})
    record = changed(record, recipe={**record.recipe.model_dump(), "name": words})
    strips = [Strip(words, [Sample(words, *(np.zeros((2, 2, 3), np.uint8),) * 4)])]
    quoted = Published(paper=words, table=words, dataset=words, method=words, metrics={words: 1.0})
    found = Page(render_page(leaderboard([record]), [record], strips, [quoted], title=words))
    assert len(found.elements("script")) == 1 and len(found.elements("h1")) == 1
    assert found.words.count(("h1", visible(words))) == 1


def test_the_page_is_a_pure_function_and_is_written_whole(tmp_path: Path) -> None:
    assert page() == page()
    write_report(tmp_path / "deep" / "page.html", leaderboard(records()), records())
    assert (tmp_path / "deep" / "page.html").read_text(encoding="utf-8") == page()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["page.html"]


def test_no_records_is_a_page_too() -> None:
    assert "No records yet" in render_page([], [])


def test_arenas_are_kept_apart() -> None:
    everyone = [make_record(score(0.5)), make_record(score(0.5), data="e" * 64), make_record(score(0.5), pairs=9)]
    assert [len(a.rows) for a in arenas(leaderboard(everyone), everyone)] == [1, 1, 1]


def test_a_protocol_this_zoo_does_not_know_is_shown_unranked() -> None:
    stranger = changed(make_record({"odd": Interval(mean=1, low=1, high=1, n=2)}), protocol="of-tomorrow")
    text = render_page(leaderboard([stranger]), [stranger])
    assert "of-tomorrow" in text and "odd" in text


def test_markup_is_made_by_tag_alone() -> None:
    assert tag("p", "a < b", Markup("<i></i>"), class_="x", data_v='"', absent=None) == (
        '<p class="x" data-v="&quot;">a &lt; b<i></i></p>'
    )
    assert tag("img", src="x") == '<img src="x">'


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (999, "999"), (1500, "1.5k"), (1234567, "1.23M"), (2e9, "2G")])
def test_amounts(count: float, text: str) -> None:
    assert amount(count) == text
