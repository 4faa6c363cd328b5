"""What `mkdocs` does beside reading docs/: benchmarks/README.md and the notebooks become pages, links to them lead there."""

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
RESULTS = "results.md"
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")  # [...](HERE#anchor), where it is a path


def on_files(files: Files, config: Any) -> Files:
    """The pages that lie outside docs/ or are no Markdown."""
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    files.append(File.generated(config, RESULTS, content=relinked(text, "benchmarks", RESULTS)))
    for notebook in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{notebook.stem}.md", content=as_page(notebook)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page, with links out of docs/ led to the pages they have become, or taken out."""
    path = page.file.src_path
    return markdown if path == RESULTS else relinked(markdown, posixpath.dirname(f"docs/{path}"), path)


def relinked(markdown: str, folder: str, page: str) -> str:
    """`markdown` written in `folder` of the project, as it must be on `page` of the site. What has no page is no link."""

    def lead(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[1]))
        place = RESULTS if target == "benchmarks/README.md" else target.removeprefix("docs/")
        if target.startswith("docs/") or place == RESULTS:
            return posixpath.relpath(place.replace(".ipynb", ".md"), posixpath.dirname(page) or ".")
        return "NOWHERE"

    return re.sub(r"(?<!!)\[([^\]]*)\]\(NOWHERE(?:#[^)]*)?\)", r"\1", LINK.sub(lead, markdown))


def as_page(notebook: Path) -> str:
    """A notebook's cells, one after another; its results are made anew whenever the tests run it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in cells]
    return "\n\n".join(f"```python\n{text}\n```" if code else text for text, code in texts) + "\n"
