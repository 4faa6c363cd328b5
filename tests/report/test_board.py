"""The board as people use it, in a headless Chromium."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.results.runs import changed, hard, make_record, run
from tests.timing.records import make_speed
from zoo.errors import visible
from zoo.report import Beside, render_page
from zoo.results.hardware import Hardware
from zoo.results.pictures import Painted
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import protocol
from zoo.scoring.samples import Sample
from zoo.store.registry import Published

HOSTILE = "=</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&]]>\u202e"
SEVERE = {"serious", "critical"}


def scored(recipe: str, ssim: float, lab: float, **changes: object) -> Record:
    scores = {
        "masked_ssim": Interval(mean=ssim, low=ssim - 0.02, high=ssim + 0.02, n=8),
        "region_lab": Interval(mean=lab, low=lab - 1, high=lab + 1, n=8),
    }
    return make_record(scores, recipe=recipe, **changes)


def painted(record: Record, shade: int) -> Painted:
    """Two pairs of one colour each."""
    picture = np.full((6, 4, 3), shade, np.uint8)
    return Painted.of(
        record.id, [Sample(f"{HOSTILE} {i}", picture, picture // 2, picture // 3 + i, picture // 4) for i in (0, 1)]
    )


def page(records: list[Record], mine: Record | None = None) -> str:
    quotes = [
        Published(paper="best", table="Table 9", dataset="D", method=m, variant=v, metrics={"fid": f})
        for m, v, f in (("Best", "full", 12.5), ("Best w/o X", "wo-x", 13.25))
    ]
    pictures = {r.id: painted(r, 100 + i) for i, r in enumerate(records[:2])}
    beside = Beside(mine={mine.id} if mine else set(), published=quotes, painted=pictures)
    return render_page(standings(records, {}), beside)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    first = [
        scored("best", 0.8, 10.0), scored("best", 0.7, 12.0, variant="wo-x", weight=2.0), scored("frugal", 0.6, 9.0),
        scored("seer", 0.9, 5, oracle=True),
    ]  # fmt: skip
    patched = scored("other", 0.5, 20.0)
    patched = changed(
        patched, recipe={**patched.recipe.model_dump(), "changes": ["merge=base.adain"], "merge": {"use": "base.adain"}}
    )
    elsewhere = scored("best", 0.4, 11.0, track={"name": "u"}, seed=3)
    return [*first, patched, elsewhere]


def check(board, where: str) -> None:
    """axe finds nothing serious."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    found = [v for v in axe.run(board).response["violations"] if v["impact"] in SEVERE]
    assert not found, f"{where}: {[(v['id'], [n['html'] for n in v['nodes']][:3]) for v in found]}"


def names(page) -> list[str]:
    return page.locator(".board tbody th .link").all_inner_texts()


def test_heads_sort_best_first_and_then_the_other_way_round(opened, records: list[Record]) -> None:
    board = opened(page(records))
    assert names(board) == ["best", "best/wo-x", "frugal", "other merge=base.adain", "seer"]
    head = board.locator("th", has=board.get_by_role("button", name="region_lab"))
    head.get_by_role("button").click()
    assert names(board) == ["seer", "frugal", "best", "best/wo-x", "other merge=base.adain"]
    assert head.get_attribute("aria-sort") == "ascending" and board.locator("[aria-sort]").count() == 1
    board.keyboard.press("Enter")  # the focus stayed where it was
    assert names(board)[0] == "other merge=base.adain" and head.get_attribute("aria-sort") == "descending"
    board.get_by_role("button", name="masked_ssim").click()
    assert names(board)[:2] == ["seer", "best"], "higher is better"


def test_tabs_go_by_the_keyboard(opened, records: list[Record]) -> None:
    board = opened(page(records))
    tracks = board.get_by_role("tablist", name="Tracks").get_by_role("tab")
    assert [text.split("\n")[0] for text in tracks.all_inner_texts()] == ["t", "u"]
    tracks.nth(0).focus()
    for key, chosen in (("ArrowRight", "u"), ("ArrowRight", "t"), ("End", "u"), ("Home", "t"), ("ArrowLeft", "u")):
        board.keyboard.press(key)
        focused = board.locator(":focus")
        assert focused.inner_text().split("\n")[0] == chosen and focused.get_attribute("aria-selected") == "true"
    assert names(board) == ["best"]
    panel = board.locator(f"#{tracks.nth(1).get_attribute('aria-controls')}")
    assert panel.get_attribute("aria-labelledby") == tracks.nth(1).get_attribute("id")
    assert board.locator('[role="tab"][tabindex="0"]').count() == board.get_by_role("tablist").count(), "one stop each"


def test_protocols_have_tabs_where_a_track_has_several(opened, records: list[Record]) -> None:
    board = opened(page([*records, scored("best", 0.1, 30.0, data="e" * 64)]))
    board.get_by_role("tablist", name="Protocols").get_by_role("tab").nth(1).click()
    assert len(names(board)) in (1, 5)


def test_one_s_own_arena_comes_first_and_the_row_is_marked(opened, records: list[Record]) -> None:
    board = opened(page(records, mine=records[-1]))
    first = board.get_by_role("tab").nth(0)
    assert first.inner_text().startswith("u") and "yours" in first.inner_text()
    assert board.locator("tr.mine").inner_text().startswith("1") and "yours" in board.locator("tr.mine").inner_text()


def test_six_columns_are_shown_and_others_can_be_picked(opened, records: list[Record]) -> None:
    board = opened(page(records))
    heads = board.locator(".board thead th")
    assert heads.count() == 2 + 4, "of the six, those that anybody has"
    board.get_by_text("Columns", exact=True).click()
    board.get_by_label("seeds").check()
    board.get_by_label("parameters").uncheck()
    shown = [text.split(" ")[0] for text in heads.all_inner_texts()]
    assert shown == ["rank", "recipe", "masked_ssim", "region_lab", "MACs", "seeds"]
    board.keyboard.press("Escape")
    assert not board.get_by_label("seeds", exact=True).is_visible()


def test_the_filter_wants_every_word(opened, records: list[Record]) -> None:
    board = opened(page(records))
    board.get_by_label("Filter").fill("BASE adain")
    assert names(board) == ["other merge=base.adain"] and "1 of 5 rows" in board.get_by_role("status").inner_text()
    board.get_by_label("Filter").fill("")
    board.get_by_label("unranked rows").uncheck()
    assert "seer" not in names(board) and len(names(board)) == 4


def test_what_is_shown_can_be_downloaded(opened, records: list[Record], tmp_path: Path) -> None:
    board = opened(page(records))
    board.get_by_label("Filter").fill("best")
    with board.expect_download() as table:
        board.get_by_role("button", name="CSV").click()
    table.value.save_as(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert table.value.suggested_filename == "t.csv" and [line["variant"] for line in lines] == ["full", "wo-x"]
    assert lines[0]["masked_ssim"] == "0.8" and lines[0]["records"] == records[0].id
    with board.expect_download() as document:
        board.get_by_role("button", name="JSON").click()
    document.value.save_as(tmp_path / "t.json")
    rows = json.loads((tmp_path / "t.json").read_text())["rows"]
    assert rows[1]["scores"]["region_lab"] == {"mean": 12, "low": 11, "high": 13}


def test_hostile_names_are_text_everywhere(opened, tmp_path: Path) -> None:
    record = scored("x", 0.5, 10.0, data=HOSTILE[:60], versions={HOSTILE: HOSTILE})
    told = dict.fromkeys(("name", "variant", "summary", HOSTILE), HOSTILE)
    words = {**record.recipe.model_dump(), **told, "changes": [HOSTILE]}
    record = changed(record, recipe=words, track={**record.track.model_dump(), "name": HOSTILE, "summary": HOSTILE})
    board = opened(page([record, scored("best", 0.6, 9.0)], mine=record))
    board.get_by_role("button", name="alert(1)").first.click()
    assert board.get_by_role("dialog").get_by_role("heading").first.inner_text().startswith(visible(HOSTILE))
    assert board.locator("img:not([src^='data:image/png'])").count() == 0 and board.locator("script").count() == 2
    board.keyboard.press("Escape")
    board.get_by_role("tab", name="Trade-off").click()
    board.locator(".plot svg").wait_for()
    board.get_by_role("tab", name="Ranking").click()
    with board.expect_download() as table:
        board.get_by_role("button", name="CSV").click()
    table.value.save_as(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        (line,) = csv.DictReader(file)
    assert line["recipe"] == f"'{visible(HOSTILE)}", "no spreadsheet takes it for a formula"


def test_a_row_s_detail_tells_its_recipe_and_can_be_left(opened, records: list[Record]) -> None:
    board = opened(page(records), anchor=f"#run-{records[1].id[:12]}")
    dialog = board.get_by_role("dialog")
    assert dialog.get_by_role("heading").first.inner_text() == "best/wo-x, seed 0"
    assert records[1].id in dialog.inner_text()
    assert "0.680 to 0.720" in dialog.inner_text()
    diff = dialog.get_by_role("region", name="Settings that differ")
    assert diff.locator("tbody tr").all_inner_texts() == ["losses.rec.weight\t1.0\t2.0"]
    board.keyboard.press("Escape")
    assert dialog.count() == 0
    board.get_by_role("button", name="frugal").focus()
    board.keyboard.press("Enter")
    dialog.get_by_role("button", name="Close").click()
    assert dialog.count() == 0 and "frugal" in board.locator(":focus").inner_text(), "back where one was"


def test_the_plot_of_costs_has_its_table(opened, records: list[Record]) -> None:
    board = opened(page(records))
    board.get_by_role("tab", name="Trade-off").click()
    plot = board.get_by_role("img", name="masked_ssim against MACs")
    plot.locator("circle").first.wait_for()  # drawn once the tab is on the screen
    assert plot.locator("circle").count() == 5
    front = board.get_by_role("region", name="Best masked_ssim").locator("tbody th")
    assert front.all_inner_texts() == ["best"], "all cost the same, and what sees the truth is not ranked"
    board.get_by_role("combobox", name="against").select_option("training time")
    assert "Timed on c, 2 cores" in board.locator(".note").all_inner_texts()[-2]


def test_a_divider_lies_between_what_two_rows_painted(opened, records: list[Record]) -> None:
    board = opened(page(records))
    board.get_by_role("tab", name="Pictures").click()
    dividers = board.get_by_role("slider")
    assert dividers.count() == 2 and board.locator("figure img").count() == 2 * 5
    assert board.get_by_label("right of it").locator("option:checked").inner_text() == "best/wo-x, seed 0"
    dividers.first.focus()
    board.keyboard.press("ArrowRight")
    assert dividers.nth(1).get_attribute("aria-valuetext") == "51 % best, seed 0, 49 % best/wo-x, seed 0", "all move together"
    box = board.locator(".divided").first.bounding_box()
    assert box
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    board.mouse.down()
    board.mouse.move(box["x"] + box["width"] - 1, box["y"] + 5)
    board.mouse.up()
    top, line = board.locator(".divided img + img").first, board.locator(".divided .line").first
    assert int(dividers.first.input_value()) > 90
    assert top.evaluate("image => image.style.clipPath").startswith("inset(0")
    assert line.evaluate("line => parseFloat(line.style.left)") > 90
    assert top.evaluate("image => image.naturalHeight") == 6, "the picture is there"


def test_every_row_s_difference_to_a_chosen_one_is_told_in_the_words_of_the_terminal(opened) -> None:
    runs = [run({"masked_ssim": hard(30) + by}, recipe=name) for name, by in (("a", 0), ("b", -0.0001), ("c", -0.05))]
    pairs = {record.id: scores for record, scores in runs}
    (found,) = standings([record for record, _ in runs], pairs)
    board = opened(render_page([found]))
    board.get_by_role("tab", name="Differences").click()
    rows = board.locator(".forests tbody tr")
    assert rows.locator(".verdict [aria-hidden]").all_inner_texts() == ["worse", "worse"]
    board.get_by_role("combobox", name="Difference to").select_option("3. c")
    assert [text.split("\t")[0] for text in rows.all_inner_texts()] == ["a", "b"]
    metric, names = protocol("figures-v1").metric("masked_ssim"), [row.contender.name for row in found.rows]
    said = [found.comparisons(metric).difference(place, 2).sentence(names[place], "c") for place in (0, 1)]
    assert rows.locator(".verdict .unseen").all_inner_texts() == said
    assert said[0].startswith("a beats c on SSIM over the figure by 0.05, 95 % ")
    board.get_by_role("tab", name="Ranking").click()
    assert board.locator(".board b").count() == 1, "pair by pair the second is a little worse than the best"
    board.locator(".board .link").first.click()
    cells = board.get_by_role("region", name="Pairs of seed 0").locator("tbody tr").all_inner_texts()
    assert [cell.split("\t")[0] for cell in cells] == ["best", "median", "worst"]


def test_what_each_part_brings_is_drawn(opened, records: list[Record]) -> None:
    board = opened(page(records))
    board.get_by_role("tab", name="Effects").click()
    rows = board.get_by_role("region", name="masked_ssim: what each part brings").locator("tbody tr")
    told = [" ".join(text.split()) for text in rows.all_inner_texts()]
    assert [text.split(" ")[0] for text in told] == ["a.merge", "base.adain"] and "merge, 1 combination" in told[0]
    assert [text.split("combination ")[1].split(" ")[0] for text in told] == ["+0.1000", "−0.1000"]
    board.get_by_label("Effects on").select_option("region_lab")
    assert rows.count() == 0 and board.get_by_role("region", name="region_lab: what each part brings").is_visible()


def test_ablations_stand_beside_the_paper_s_own_numbers(opened, records: list[Record]) -> None:
    board = opened(page(records))
    board.get_by_role("tab", name="Ablations").click()
    cells = [" ".join(text.split()) for text in board.locator("table.simple tbody tr").all_inner_texts()]
    assert cells == ["best Best 0.800 10.0 12.5", "best/wo-x Best w/o X 0.700 −0.100 12.0 +2.0 13.25"]


@pytest.mark.parametrize("width", [400, 1280])
def test_scores_are_seen_without_scrolling_sideways(opened, records: list[Record], width: int) -> None:
    board = opened(page(records), width=width)
    assert board.evaluate("document.documentElement.scrollWidth") <= width
    for cell in board.locator(".board tbody td.number").all():
        box = cell.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    for view in board.get_by_role("tablist", name="Views").get_by_role("tab").all():
        view.click()
        assert board.evaluate("document.documentElement.scrollWidth") <= width, view.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(opened, records: list[Record], scheme: str) -> None:
    board = opened(page(records, mine=records[0]), scheme=scheme)
    for view in board.get_by_role("tablist", name="Views").get_by_role("tab").all():
        view.click()
        check(board, view.inner_text())
    board.get_by_role("tab", name="Ranking").click()
    board.locator(".board .link").first.click()
    check(board, "detail")


def test_many_rows_are_shown_some_at_a_time(opened, records: list[Record]) -> None:
    many = [records[0].model_copy(update={"id": f"{i:064x}", "recipe_digest": f"{i:064x}"}) for i in range(1000)]
    board = opened(page(many))
    assert board.locator(".board tbody tr").count() == 50
    assert board.get_by_role("table").get_attribute("aria-rowcount") == "1001"
    board.get_by_role("button", name="Show 50 more").click()
    assert board.locator(".board tbody tr").count() == 100


def test_speed_has_a_tab_for_each_hardware_and_mixes_none(opened, records: list[Record]) -> None:
    other = Hardware(cpu=HOSTILE, cores=8)
    speeds = [
        make_speed("best", 0.5),
        make_speed("frugal", 0.25, precision="bf16", compiled=True),
        make_speed("best", 0.1, hardware=other),
        make_speed(HOSTILE, 2.0, subject={"name": HOSTILE, "digest": "c" * 64, "peer": True}, parts={}),
    ]
    board = opened(render_page(standings(records, {}), Beside(speeds=speeds)))
    board.get_by_role("tab", name="Speed").click()
    machines = board.get_by_role("tablist", name="Hardware").get_by_role("tab")
    assert [text.split("\n")[0] for text in machines.all_inner_texts()] == [f"{visible(HOSTILE)}, 8 cores", "c, 2 cores"]
    rows = board.locator(".board tbody tr")
    assert rows.count() == 1 and "100 ms" in rows.first.inner_text()
    machines.nth(1).click()
    names = rows.locator("th b")
    assert rows.count() == 3 and "bf16, compiled, first pass 3 s" in rows.filter(has_text="frugal").inner_text()
    board.get_by_role("button", name="time").click()
    assert names.all_inner_texts() == ["frugal", "best", visible(HOSTILE)]
    board.keyboard.press("Enter")
    assert names.all_inner_texts() == [visible(HOSTILE), "best", "frugal"], "the focus stayed where it was"
    board.get_by_role("button", name="merge").click()
    assert names.all_inner_texts()[-1] == visible(HOSTILE), "it tells nothing of such a part"
    check(board, "speed")
    board.get_by_label("Filter").fill("BF16 forward")
    assert names.all_inner_texts() == ["frugal"]
    board.set_viewport_size({"width": 400, "height": 900})
    assert board.evaluate("document.documentElement.scrollWidth") <= 400
