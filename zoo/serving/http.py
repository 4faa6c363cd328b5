"""The routes, their limits, and errors as JSON: {"error": {"what", "where", "fix"}}."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from zoo.errors import ZooError
from zoo.photos.uploads import MEGABYTES
from zoo.serving.painting import Answer, Uploads
from zoo.serving.queue import BatchQueue, QueueFullError, TooLateError

HOST = "127.0.0.1"
HOSTS = (HOST, "localhost")
PARTS = ("source", "pose", "others")
FILES = 32  # of a request, before they are counted by their names
NOTES = "zoo-notes"  # the header of an answer: a list in JSON
STATUS = {QueueFullError: 503, TooLateError: 504}

Jobs = BatchQueue[Uploads, Answer]
Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Limits:
    """What one service takes."""

    seconds: float = 60.0  # until an answer
    retry: int = 5  # seconds after which one who was refused may come back
    photos: int = 1  # of a person that the recipe reads

    @property
    def largest(self) -> int:
        """Bytes of a request: photos of the person, one of the pose, and what is around them."""
        return ((self.photos + 1) * MEGABYTES + 1) << 20

    @property
    def send(self) -> str:
        """What a request has to hold."""
        more = f", up to {self.photos - 1} others of the person" if self.photos > 1 else ""
        return (
            f"send multipart/form-data with the files source and pose, one of each{more}, "
            f"at most {MEGABYTES} MB each, and nothing else"
        )


def build_service(jobs: Jobs, about: dict[str, Any], limits: Limits) -> FastAPI:
    """The service on top of a queue; `about` is what /health says of the model."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        await jobs.close()

    service = FastAPI(title="zoo", lifespan=lifespan, docs_url=None, redoc_url=None)

    @service.middleware("http")
    async def limited(request: Request, go_on: Next) -> Response:
        if (name := request.headers.get("host", "").partition(":")[0]) not in HOSTS:
            return _told(request, 400, f"this service is not called {name[:100]!r}", f"ask it as {' or '.join(HOSTS)}")
        if request.method == "POST":
            length = request.headers.get("content-length", "")
            if not length.isdigit():
                return _told(request, 411, "the request does not say how long it is", "send Content-Length")
            if int(length) > limits.largest:
                return _told(request, 413, f"the request has {int(length) >> 20} MB", limits.send)
        return await go_on(request)

    @service.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ready", "waiting": jobs.waiting, "room": jobs.room, **about}

    @service.post("/transfer")
    async def transfer(request: Request) -> Response:
        async with request.form(max_files=FILES, max_fields=0) as form:
            given = [(part, photo) for part, photo in form.multi_items() if isinstance(photo, UploadFile)]
            if amiss := _amiss([part for part, _ in given]):
                return _told(request, 422, amiss, limits.send)
            source, pose, others = [[await photo.read() for part, photo in given if part == name] for name in PARTS]
        answer = await jobs.ask(Uploads(source[0], pose[0], tuple(others)), limits.seconds)
        headers = {"cache-control": "no-store", NOTES: json.dumps(answer.notes)}  # ASCII, as headers are
        return Response(answer.image, media_type="image/png", headers=headers)

    @service.exception_handler(ZooError)
    async def known(request: Request, error: ZooError) -> Response:
        status = STATUS.get(type(error), 422)
        headers = {"retry-after": str(limits.retry)} if status == 503 else {}
        return _told(request, status, error.what, error.fix, error.where, headers)

    @service.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        fix = limits.send if error.status_code == 400 else "POST /transfer, GET /health"
        return _told(request, error.status_code, str(error.detail), fix)

    @service.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return _told(request, 500, f"{type(error).__name__}: an unexpected failure", "the log of the service shows it")

    return service


def _amiss(parts: Sequence[str]) -> str:
    """What is wrong with the names of a request's files, if anything."""
    source, pose, _ = PARTS
    if strange := sorted({*parts} - {*PARTS}):
        return f"nobody reads a file called {strange[0][:100]!r}"
    counts = {part: parts.count(part) for part in (source, pose)}
    lacking = [part for part, count in counts.items() if not count]
    twice = [part for part, count in counts.items() if count > 1]
    return f"there is no file {lacking[0]}" if lacking else f"there are several files {twice[0]}" if twice else ""


def _told(
    request: Request, status: int, what: str, fix: str, where: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:  # fmt: skip
    where = where or f"{request.method} {request.url.path}"
    return JSONResponse({"error": {"what": what, "where": where, "fix": fix}}, status, headers)
