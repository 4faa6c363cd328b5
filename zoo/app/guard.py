"""What the page lets in, and what it lets a browser do. Gradio's own uploads, which are files, are closed."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "  # Gradio makes functions of its components' scripts
    "frame-ancestors 'none'; form-action 'none'"
)
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Guard:
    """Refuses bodies larger than `largest` bytes and every upload of a file; a browser then asks nobody else for anything."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app, self.largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif refused := self._refused(scope):
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, _guarded(send))

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        if scope["path"].rstrip("/").endswith("/upload"):
            return PlainTextResponse("this page keeps no files", 403)
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return None
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not length.isdigit():
            return PlainTextResponse("say how long the request is", 411)
        return PlainTextResponse("the request is too large", 413) if int(length) > self.largest else None


def _guarded(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ENCODED]
        await send(message)

    return with_headers
