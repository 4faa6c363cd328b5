"""Pages opened from their text."""

from collections.abc import Iterator
from pathlib import Path

import pytest

LOCAL = ("file:", "data:", "blob:")


@pytest.fixture
def opened(chromium, tmp_path: Path) -> Iterator:
    """Opens a page's text; afterwards nothing may have gone wrong in it, and nothing may have been asked for."""
    contexts, wrong = [], []

    def open_page(text: str, width: int = 1280, scheme: str = "light", anchor: str = ""):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True)
        context.set_default_timeout(5000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))  # a breach of the policy is told here
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(LOCAL) or wrong.append(f"asked for {request.url}"))
        page.goto(path.as_uri() + anchor)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
