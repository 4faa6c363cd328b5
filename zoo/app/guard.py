"""What the page lets in, and what it lets a browser do. Gradio's own uploads, which are files, are closed."""

from collections.abc import Sequence

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.errors import ZooError

POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "  # Gradio makes functions of its components' scripts
    "frame-ancestors 'none'; form-action 'none'"
)
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Guard:
    """Refuses bodies larger than `largest` bytes, every upload of a file, and whoever calls the page by a name not in `hosts`.

    A browser then asks nobody else for anything.
    """

    def __init__(self, app: ASGIApp, largest: int, hosts: Sequence[str]) -> None:
        self.app, self.largest, self.hosts = app, largest, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif refused := self._refused(scope):
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, _guarded(send))

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        where = f"{scope['method']} {scope['path']}"
        if (name := headers.get(b"host", "").partition(":")[0]) not in self.hosts:
            return _told(400, f"this page is not called {name[:100]!r}", where, f"ask it as {' or '.join(self.hosts)}")
        if scope["path"].rstrip("/").endswith("/upload"):
            return _told(403, "this page keeps no files", where, "drop the photo on the page, or ask zoo serve")
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return None
        length = headers.get(b"content-length", "")
        if not length.isdigit():
            return _told(411, "the request does not say how long it is", where, "send Content-Length")
        if int(length) > self.largest:
            what = f"the request has {int(length) >> 20} MB"
            return _told(413, what, where, f"send at most {self.largest >> 20} MB: one photo at a time")
        return None


def _told(status: int, what: str, where: str, fix: str) -> PlainTextResponse:
    return PlainTextResponse(ZooError(what, where=where, fix=fix).spoken, status)


def _guarded(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ENCODED]
        await send(message)

    return with_headers
