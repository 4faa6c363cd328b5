"""The page around its content: style sheet, script and data in one file, and what a browser may do with it."""

import base64
import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from zoo.report.html import Markup, join

_FOLDER = files(__name__.rpartition(".")[0]) / "page"


def framed(title: str, body: Markup, data: dict[str, Any]) -> str:
    """The whole page; `data` is what its script reads."""
    style, script = _whole("css"), f'"use strict";\n{_whole("js")}'
    frame = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    return frame.substitute(
        policy=_policy(style, script), title=join(title), style=style, script=script, body=body, data=_block(data)
    )  # fmt: skip


def _whole(kind: str) -> str:
    """All style sheets, or all scripts, in the order of their names."""
    found = sorted((_FOLDER / kind).iterdir(), key=lambda file: file.name)
    return "\n".join(_read(file) for file in found if file.name.endswith(f".{kind}"))


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Show the page's pictures, use this very style and this very script, and ask nobody for anything."""
    style, script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    allowed = f"default-src 'none'; img-src data:; style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    return f"{allowed}; base-uri 'none'; form-action 'none'"


def _block(data: dict[str, Any]) -> str:
    """JSON that no HTML parser can leave: without a `<`, `</script>` and `<!--` cannot be said."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
