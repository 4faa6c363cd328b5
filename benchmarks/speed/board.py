"""How long a board of many records takes: read and ranked, its page made, opened and sorted.

    python benchmarks/speed/board.py --records 10000

One JSON line: seconds to read, to rank and to write, by the clock and of the processor, which others' work leaves alone; bytes;
and of a headless Chromium seconds until the page stands and milliseconds from a click on a head to the next picture, the median
over its columns and the worst. The records are the committed ones of a track, again and again with another seed of chance in
their scores and another weight in their losses, so that every one has a recipe of its own: the hardest case for the size.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.api.standings import committed, known_records
from zoo.report import write_report
from zoo.results.files import read_records, write_record
from zoo.results.ranking import standings
from zoo.results.record import Record

TRACK = "figures-64"
TO_NEXT_PICTURE = """head => new Promise(done => {
  const began = performance.now();
  head.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})"""


def copies(count: int) -> Iterator[Record]:
    """Records of one track, no two alike."""
    models = [record for record in read_records([committed()]) if record.track_name == TRACK and record.on_budget]
    for i in range(count):
        chance, content = random.Random(i), models[i % len(models)].model_dump(mode="json", exclude={"id"})
        for score in content["scores"].values():
            factor = 1 + chance.gauss(0, 0.05)
            score.update({end: score[end] * factor for end in ("mean", "low", "high")})
        content["recipe"]["changes"] = [*content["recipe"]["changes"], f"losses.rec.weight={i}"]
        content["recipe"].setdefault("losses", {}).setdefault("rec", {})["weight"] = float(i)
        yield Record.of({**content, "recipe_digest": f"{i:064x}"})


class Watch:
    """Seconds of each step, by the clock and of the processor."""

    def __init__(self) -> None:
        self.told: dict[str, list[float]] = {}
        self._began = time.perf_counter(), time.process_time()

    def step(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.told[name] = [round(end - begin, 2) for begin, end in zip(self._began, now, strict=True)]
        self._began = now


def made(folder: Path, page: Path) -> dict[str, Any]:
    """Read, ranked and written."""
    watch = Watch()
    records = known_records([folder])
    watch.step("read_s")
    found = standings(records, {})
    watch.step("ranked_s")
    write_report(page, found)
    watch.step("written_s")
    return {**watch.told, "bytes": page.stat().st_size}


def opened(page: Path, chromium: str) -> dict[str, Any]:
    """In a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        tab.goto(page.as_uri())
        stands = round(time.perf_counter() - began, 2)
        heads = tab.locator(".board thead button").count()
        taken = [tab.locator(".board thead button").nth(i).evaluate(TO_NEXT_PICTURE) for i in range(heads) for _ in range(2)]
        browser.close()
    return {"opened_s": stands, "sorted_ms": round(statistics.median(taken)), "sorted_ms_worst": round(max(taken))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    count = parser.parse_args().records
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place:
        folder, page = Path(place) / "results", Path(place) / "board.html"
        for record in copies(count):
            write_record(record, folder)
        told = {"records": count, **made(folder, page)}
        if chromium is None:
            print("no chromium: the page is not opened", file=sys.stderr)
        else:
            told |= opened(page, chromium)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
