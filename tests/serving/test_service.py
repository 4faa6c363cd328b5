"""The service over real HTTP: every request gets an answer, errors are JSON, and stopping loses nobody."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.annotation.nets import Halves, Stage
from tests.app.conftest import ASKED, SIZE, Crowd, photo
from zoo.api.loading import pipeline
from zoo.photos.uploads import MEGABYTES
from zoo.recipes.catalog import catalog
from zoo.serving.http import HOST, Limits, build_service
from zoo.serving.painting import Answer, Paints, Uploads
from zoo.serving.process import listening, server_of
from zoo.serving.queue import BatchQueue


@dataclass
class Running:
    """A service on a port, in a thread."""

    address: str
    stop: threading.Event = field(default_factory=threading.Event)

    def transfer(self, source: bytes, pose: bytes, *others: bytes) -> httpx.Response:
        files = [("source", source), *(("others", photo) for photo in others), ("pose", pose)]
        return httpx.post(f"{self.address}/transfer", files=files, timeout=60)


@contextmanager
def running(jobs: BatchQueue[Uploads, Answer], seconds: float = 30.0, photos: int = 1) -> Iterator[Running]:
    at = listening(0)
    server = server_of(build_service(jobs, {"recipe": "copy"}, Limits(seconds, photos=photos)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    one = Running(f"http://{HOST}:{at.getsockname()[1]}")

    def stopping() -> None:
        one.stop.wait()
        server.should_exit = True

    threading.Thread(target=stopping).start()
    try:
        yield one
    finally:
        one.stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    """A model that needs no weights, and nets that see somebody in every photo that is not black."""
    model = replace(pipeline(ASKED), annotator=Stage(catalog(), "crowd", "halves", detecting=Crowd(), parsing=Halves()))
    with running(BatchQueue(Paints(model), batch=4, room=8)) as one:
        yield one


def test_a_person_is_put_into_a_pose(service: Running) -> None:
    answer = service.transfer(photo(seed=1), photo(seed=2, size=(96, 96)))
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == SIZE[::-1]
    told = json.loads(answer.headers["zoo-notes"])
    assert "of 18 joints" in told[0] and told[0].startswith("source") and told[1].startswith("pose"), "who saw what comes along"
    assert httpx.get(f"{service.address}/health").json() == {"status": "ready", "waiting": 0, "room": 8, "recipe": "copy"}


def test_one_bad_photo_does_not_spoil_its_batch(service: Running) -> None:
    good, nobody = photo(seed=1), photo(people=0)
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda source: service.transfer(source, good), (good, nobody, b"no photo", good)))
    assert [answer.status_code for answer in answers] == [200, 422, 422, 200]
    for answer in answers[1:3]:
        assert {*answer.json()["error"]} == {"what", "where", "fix"} and answer.json()["error"]["what"]


def test_what_is_refused_is_said_in_json(service: Running) -> None:
    lacking = httpx.post(f"{service.address}/transfer", files={"source": photo()})
    huge = announced(service, 1 << 30)
    endless = httpx.post(f"{service.address}/transfer", content=iter([b"x"]))
    twice, misspelt = (
        httpx.post(f"{service.address}/transfer", files=[(part, photo()) for part in (*parts, "pose")])
        for parts in (("source", "source"), ("source", "other"))
    )
    many = httpx.post(f"{service.address}/transfer", files=[("source", b"")] * 40)
    noted = httpx.post(f"{service.address}/transfer", files={"source": photo(), "pose": photo()}, data={"note": "hello"})
    elsewhere, stranger = httpx.get(f"{service.address}/there"), httpx.get(f"{service.address}/health", headers={"host": "a.b"})
    wrong_way = httpx.get(f"{service.address}/transfer")
    assert huge == 413 and "one of each" in twice.json()["error"]["fix"] and "'other'" in misspelt.json()["error"]["what"]
    answers = {
        lacking: 422, twice: 422, misspelt: 422, many: 400, noted: 400, endless: 411, elsewhere: 404, wrong_way: 405,
        stranger: 400,
    }  # fmt: skip
    for answer, status in answers.items():
        assert answer.status_code == status and all(answer.json()["error"].values()), "what, where and the mend"


def test_a_recipe_of_several_photos_is_shown_them_and_no_more() -> None:
    changes = ["sources=2", 'merge.wear=["base.several"]']
    model = replace(
        pipeline(replace(ASKED, changes=changes)),
        annotator=Stage(catalog(), "crowd", "halves", detecting=Crowd(), parsing=Halves()),
    )
    me, pose, other = (photo(seed=seed) for seed in (1, 2, 3))
    with running(BatchQueue(Paints(model), batch=4, room=8), photos=2) as service, ThreadPoolExecutor(3) as clients:
        one, two, three = clients.map(lambda others: service.transfer(me, pose, *others), ((), (other,), (other, pose)))
        same = service.transfer(me, pose, me)
    assert (one.status_code, two.status_code, three.status_code, same.status_code) == (200, 200, 422, 422)
    assert one.content != two.content
    assert "saw 1" in one.headers["zoo-notes"] and "saw" not in two.headers["zoo-notes"]
    assert "others 1: 18 of 18 joints" in two.headers["zoo-notes"]
    assert "reads 2 photos of a person, and 3 are given" in three.json()["error"]["what"]
    assert "others 1 is the same photo as source" in same.json()["error"]["what"]


def test_a_request_may_hold_as_many_photos_as_the_recipe_reads() -> None:
    one, three = Limits(), Limits(photos=3)
    assert three.largest - one.largest == 2 * MEGABYTES << 20
    assert "up to 2 others" in three.send and "others" not in one.send


def announced(service: Running, length: int) -> int:
    """The status of a request that says it is so long, before any of it is sent."""
    connection = HTTPConnection(service.address.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/transfer")
    connection.putheader("content-length", str(length))
    connection.endheaders()
    return connection.getresponse().status


class Gate:
    """Work that begins when the gate is opened; what came together is counted."""

    def __init__(self) -> None:
        self.open, self.batches = threading.Event(), list[int]()

    def __call__(self, asked: Sequence[Uploads]) -> list[Answer | Exception]:
        self.batches.append(len(asked))
        self.open.wait(30)
        return [Answer(photos.source) for photos in asked]


def waiting(service: Running, count: int) -> None:
    while httpx.get(f"{service.address}/health").json()["waiting"] < count:
        time.sleep(0.01)


def test_full_it_says_so_and_stopping_answers_what_waits() -> None:
    gate = Gate()
    with running(BatchQueue(gate, batch=3, room=4)) as service, ThreadPoolExecutor(8) as clients:
        first = clients.submit(service.transfer, b"0", b"")
        while not gate.batches:
            time.sleep(0.01)
        others = [clients.submit(service.transfer, str(n).encode(), b"") for n in range(1, 5)]
        waiting(service, 4)
        refused = service.transfer(b"x", b"")
        assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0
        service.stop.set()
        time.sleep(0.3)
        gate.open.set()
        assert sorted(one.result().content for one in (first, *others)) == [b"0", b"1", b"2", b"3", b"4"]
    assert gate.batches == [1, 3, 1]


def test_who_waits_too_long_is_told_and_worked_for_no_more() -> None:
    gate = Gate()
    with running(BatchQueue(gate, batch=1, room=4), seconds=0.5) as service, ThreadPoolExecutor(2) as clients:
        answers = list(clients.map(lambda n: service.transfer(n, b""), (b"0", b"1")))
        gate.open.set()
    assert [answer.status_code for answer in answers] == [504, 504]
    assert gate.batches == [1]
