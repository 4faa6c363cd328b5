"""What the page's server lets in, and what it tells a browser."""

import pytest

pytest.importorskip("httpx", reason="httpx is not installed")

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from zoo.app.guard import Guard


@pytest.fixture
def client() -> TestClient:
    """A server that says how much it was told, behind the guard."""

    async def measured(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    routes = [Route(path, measured, methods=["GET", "POST"]) for path in ("/", "/gradio_api/upload")]
    return TestClient(Guard(Starlette(routes=routes), largest=100, hosts=["testserver"]))


def test_what_is_larger_than_a_photo_is_refused(client: TestClient) -> None:
    assert client.post("/", content=bytes(100)).text == "100"
    assert client.post("/", content=bytes(101)).status_code == 413
    assert client.post("/", content=iter([bytes(10)])).status_code == 411, "of unknown length"


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/", "/upload"])
def test_no_file_is_uploaded(client: TestClient, path: str) -> None:
    assert client.post(path, files={"files": b"content"}).status_code == 403


def test_whoever_is_refused_is_told_where_and_what_to_do(client: TestClient) -> None:
    refused = (
        client.post("/", content=bytes(101)), client.post("/", content=iter([b"x"])), client.post("/upload"),
        client.get("/", headers={"host": "elsewhere"}),
    )  # fmt: skip
    assert [one.status_code for one in refused] == [413, 411, 403, 400]
    assert all(" where: " in one.text and " fix: " in one.text for one in refused)


def test_a_browser_may_ask_nobody_else(client: TestClient) -> None:
    headers = client.get("/").headers
    assert (
        headers["content-security-policy"].startswith("default-src 'self' data: blob:")
        and "http" not in headers["content-security-policy"]
    )
    assert headers["referrer-policy"] == "no-referrer"
