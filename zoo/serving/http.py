"""The routes, their limits, and errors as JSON: {"error": {"what", "where", "fix"}}."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from zoo.errors import ZooError
from zoo.photos.uploads import MEGABYTES
from zoo.serving.painting import Answer, TwoPhotos
from zoo.serving.queue import BatchQueue, QueueFullError, TooLateError

HOST = "127.0.0.1"
PARTS = ("source", "pose")
SEND = "send multipart/form-data with the files source and pose, one of each, and nothing else"
NOTES = "zoo-notes"  # the header of an answer: a list in JSON
LARGEST = (len(PARTS) * MEGABYTES + 1) << 20  # bytes of a request
STATUS = {QueueFullError: 503, TooLateError: 504}

Jobs = BatchQueue[TwoPhotos, Answer]
Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Limits:
    """What one service takes."""

    seconds: float = 60.0  # until an answer
    retry: int = 5  # seconds after which one who was refused may come back


def build_service(jobs: Jobs, about: dict[str, Any], limits: Limits) -> FastAPI:
    """The service on top of a queue; `about` is what /health says of the model."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        await jobs.close()

    service = FastAPI(title="zoo", lifespan=lifespan, docs_url=None, redoc_url=None)
    service.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])

    @service.middleware("http")
    async def limited(request: Request, go_on: Next) -> Response:
        if request.method == "POST":
            length = request.headers.get("content-length", "")
            if not length.isdigit():
                return _told(411, "the request does not say how long it is", "send Content-Length")
            if int(length) > LARGEST:
                return _told(413, f"the request has {int(length) >> 20} MB", f"send two photos of at most {MEGABYTES} MB each")
        return await go_on(request)

    @service.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ready", "waiting": jobs.waiting, "room": jobs.room, **about}

    @service.post("/transfer")
    async def transfer(request: Request) -> Response:
        async with request.form(max_files=len(PARTS), max_fields=0) as form:
            photos = [form.get(part) for part in PARTS]
            if not all(isinstance(photo, UploadFile) for photo in photos):
                return _told(422, "the request lacks a photo", SEND)
            source, pose = [await photo.read() for photo in photos if isinstance(photo, UploadFile)]
        answer = await jobs.ask(TwoPhotos(source, pose), limits.seconds)
        headers = {"cache-control": "no-store", NOTES: json.dumps(answer.notes)}  # ASCII, as headers are
        return Response(answer.image, media_type="image/png", headers=headers)

    @service.exception_handler(ZooError)
    async def known(_: Request, error: ZooError) -> Response:
        status = STATUS.get(type(error), 422)
        return _told(status, error.what, error.fix, error.where, {"retry-after": str(limits.retry)} if status == 503 else {})

    @service.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return _told(error.status_code, str(error.detail), SEND if error.status_code == 400 else "POST /transfer, GET /health")

    @service.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        return _told(500, f"{type(error).__name__}: an unexpected failure", "the log of the service shows it")

    return service


def _told(status: int, what: str, fix: str, where: str = "", headers: dict[str, str] = {}) -> JSONResponse:  # noqa: B006
    return JSONResponse({"error": {"what": what, "where": where, "fix": fix}}, status, headers)
