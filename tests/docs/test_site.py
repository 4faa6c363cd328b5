"""The pages make a site: every link leads somewhere, every page is in the navigation, nothing is fetched from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="pip install 'posezoo[docs]'")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with --strict: a dead link, a dead anchor or a page that is nowhere in the navigation fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "-f",
        str(ROOT / "mkdocs.yml"),
        "-d",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    warnings = [line for line in (done.stdout + done.stderr).splitlines() if re.search("WARNING|ERROR", line)]
    assert done.returncode == 0 and not warnings, warnings or done.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    wanted = {
        page.relative_to(ROOT / "docs").with_suffix(".html")
        for page in (ROOT / "docs").rglob("*.md")
        if "demo" not in page.parts
    }
    wanted |= {Path("notebooks") / f"{book.stem}.html" for book in (ROOT / "docs" / "notebooks").glob("*.ipynb")}
    assert {page.relative_to(site) for page in site.rglob("*.html")} - {Path("404.html")} == wanted | {Path("results.html")}


def test_links_out_of_docs_lead_to_pages_or_are_none(site: Path) -> None:
    results = (site / "results.html").read_text(encoding="utf-8")
    assert "<table>" in results and "figures-64" in results
    for page in site.rglob("*.html"):
        links = re.findall(r'(?:href|src)="([^"#]+)', page.read_text(encoding="utf-8"))
        assert "NOWHERE" not in links
        assert not [link for link in links if link.endswith((".md", ".ipynb", ".py"))], page


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetching = re.compile(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?:[^"]+)')
    for page in site.rglob("*.html"):
        assert not fetching.findall(page.read_text(encoding="utf-8")), page.name
