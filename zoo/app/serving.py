"""The page on a port of this machine, and of no other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from tempfile import TemporaryDirectory

import gradio as gr
from starlette.middleware import Middleware

from zoo.app.guard import Guard
from zoo.app.page import build_page
from zoo.app.visitors import Workshop
from zoo.errors import ZooError
from zoo.photos.uploads import MEGABYTES

HOST = "127.0.0.1"
WAITING = 16  # requests that may wait for the one that computes
LARGEST = (MEGABYTES + 1) * 4 // 3 << 20  # bytes of a request: a photo in base64, and what is around it
FONTS = ("system-ui", "sans-serif")  # of the visitor's own machine


@contextmanager
def _cache_in(folder: str) -> Iterator[None]:
    """Inside, what Gradio caches in files lies in `folder`: nothing should, as pictures travel inside of messages."""
    before = os.environ.get("GRADIO_TEMP_DIR")
    os.environ["GRADIO_TEMP_DIR"] = folder
    try:
        yield
    finally:
        os.environ.pop("GRADIO_TEMP_DIR") if before is None else os.environ.update(GRADIO_TEMP_DIR=before)


@contextmanager
def served(workshop: Workshop, port: int = 0) -> Iterator[str]:
    """Inside, the page answers at the address that is given; port 0 takes a free one. ZooError where a port is taken."""
    theme = gr.themes.Default(primary_hue="teal", neutral_hue="stone", font=FONTS, font_mono=("ui-monospace", "monospace"))
    guards = [Middleware(Guard, largest=LARGEST, hosts=(HOST, "localhost"))]
    with TemporaryDirectory() as nothing, _cache_in(nothing):
        page = build_page(workshop).queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
        try:
            _, address, _ = page.launch(
                server_name=HOST, server_port=port or None, share=False, quiet=True, prevent_thread_lock=True, inbrowser=False,
                enable_monitoring=False, ssr_mode=False, pwa=False, mcp_server=False, footer_links=[], run_history=False,
                theme=theme, css=(files(__package__) / "page.css").read_text(encoding="utf-8"), max_file_size=1,
                app_kwargs={"middleware": guards, "docs_url": None, "redoc_url": None, "openapi_url": None},
            )  # fmt: skip
        except OSError as error:
            raise ZooError(
                f"port {port} is taken", where="zoo app", fix="name another one: --port 0 takes a free one"
            ) from error
        try:
            yield address
        finally:
            page.close(verbose=False)
