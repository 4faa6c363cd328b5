"""A small Hub: the part of its HTTP API that huggingface_hub speaks when it makes, fills and reads a model repository."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

TOKEN = "hf_writes"
Files = dict[str, bytes]


@dataclass
class Repository:
    """Commits by their 40 digits, the newest last."""

    private: bool = False
    commits: dict[str, Files] = field(default_factory=dict)

    def commit(self, files: Files) -> str:
        """A commit of these files; its digits."""
        told = json.dumps([len(self.commits), sorted((n, hashlib.sha256(c).hexdigest()) for n, c in files.items())])
        revision = hashlib.sha1(told.encode()).hexdigest()
        self.commits[revision] = files
        return revision

    @property
    def head(self) -> str:
        """Where the main branch is."""
        return [*self.commits][-1]

    def resolved(self, revision: str) -> str | None:
        """The commit of a revision."""
        return self.head if revision == "main" else revision if revision in self.commits else None


@dataclass
class Hub:
    """What lies there, what was asked of it, and what goes wrong next."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: Files = field(default_factory=dict)  # of large files, by sha256
    asked: list[str] = field(default_factory=list)  # "GET /path"
    breaks_after: int | None = None  # bytes of the next answer with a file in it
    refuses: list[str] = field(default_factory=list)  # starts of what is asked that fail once
    moves: bool = False  # somebody commits before us

    def asked_for(self, start: str) -> list[str]:
        """What was asked that begins so."""
        return [line for line in self.asked if line.startswith(start)]


@dataclass
class Answer(Exception):  # noqa: N818 (it may also be returned)
    """A status, JSON or bytes, and headers. What refuses raises it."""

    status: int
    content: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


def refused(status: int, code: str, **headers: str) -> Answer:
    """How the Hub says no."""
    return Answer(status, {"error": code}, {"X-Error-Code": code, **headers})


class _Handler(BaseHTTPRequestHandler):
    """One request. `hub` is set on a subclass."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_any(self) -> None:
        """Every method."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.answered(self.command, unquote(self.path.partition("?")[0]))
        except Answer as found:
            answer = found
        sent = answer.content if isinstance(answer.content, bytes) else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(sent)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    do_GET = do_HEAD = do_POST = do_PUT = do_any  # noqa: N815 (their names)

    def answered(self, method: str, path: str) -> Answer:
        """The answer of the first route that fits."""
        line = f"{method} {path}"
        self.hub.asked.append(line)
        for start in [s for s in self.hub.refuses if line.startswith(s)]:
            self.hub.refuses.remove(start)
            raise refused(418, "broken")
        for methods, pattern, does in _ROUTES:
            if method in methods.split() and (match := re.fullmatch(pattern, path)):
                return getattr(self, does)(**match.groupdict())
        raise refused(404, f"no {line}")

    def may_write(self) -> None:
        """Answer who may not."""
        given = self.headers.get("Authorization")
        if given != f"Bearer {TOKEN}":
            why = {"X-Error-Message": "Invalid credentials in Authorization header"} if given else {}
            raise Answer(401, {"error": "Invalid username or password."}, why)

    def repository(self, repo: str) -> Repository:
        """The repository, if the caller may see it."""
        found, given = self.hub.repositories.get(repo), self.headers.get("Authorization")
        if found is None or (found.private and given != f"Bearer {TOKEN}"):
            raise refused(404 if given else 401, "RepoNotFound")
        return found

    def create(self) -> Answer:
        """A repository, with the Hub's own first commit."""
        self.may_write()
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        made = name not in self.hub.repositories
        if made:
            repository = self.hub.repositories[name] = Repository(asked.get("visibility") == "private")
            repository.commit({".gitattributes": b"*.safetensors filter=lfs"})
        return Answer(200 if made else 409, {"url": f"{self.hub.url}/{name}"})

    def valid(self) -> Answer:
        """What the Hub thinks of a card's header."""
        return Answer(200, {"errors": [], "warnings": []})

    def about(self, repo: str, revision: str | None = None) -> Answer:
        """The commit that a revision points at, and its files."""
        found = self.repository(repo)
        commit = found.resolved(revision or "main")
        if commit is None:
            raise refused(404, "RevisionNotFound")
        files = [{"rfilename": name} for name in found.commits[commit]]
        return Answer(200, {"id": repo, "sha": commit, "private": found.private, "siblings": files})

    def preupload(self, repo: str) -> Answer:
        """Which files are large."""
        self.may_write()
        if self.hub.moves:
            self.repository(repo).commit({"README.md": b"somebody else was here"})
        paths = [file["path"] for file in json.loads(self.body)["files"]]
        modes = {path: "lfs" if path.endswith((".safetensors", ".npz", ".png")) else "regular" for path in paths}
        return Answer(200, {"files": [{"path": p, "uploadMode": mode, "shouldIgnore": False} for p, mode in modes.items()]})

    def batch(self, repo: str) -> Answer:
        """Where large files go that are not there yet."""
        objects = [{"oid": o["oid"], "size": o["size"]} for o in json.loads(self.body)["objects"]]
        for wanted in objects:
            if wanted["oid"] not in self.hub.objects:
                wanted["actions"] = {"upload": {"href": f"{self.hub.url}/objects/{wanted['oid']}"}}
        return Answer(200, {"transfer": "basic", "objects": objects})

    def keep(self, oid: str) -> Answer:
        """A large file."""
        assert hashlib.sha256(self.body).hexdigest() == oid
        self.hub.objects[oid] = self.body
        return Answer(200)

    def commit(self, repo: str) -> Answer:
        """A line per operation, all of them or none."""
        self.may_write()
        found = self.repository(repo)
        files = dict(found.commits[found.head])
        for line in map(json.loads, self.body.splitlines()):
            match line:
                case {"key": "header", "value": {"parentCommit": parent}} if parent != found.head:
                    raise refused(412, "the parent is another")
                case {"key": "file", "value": {"path": path, "content": content}}:
                    files[path] = base64.b64decode(content)
                case {"key": "lfsFile", "value": {"path": path, "oid": oid}}:
                    files[path] = self.hub.objects[oid]
                case {"key": "deletedFile", "value": {"path": path}}:
                    del files[path]
        oid = found.commit(files)
        return Answer(200, {"commitUrl": f"{self.hub.url}/{repo}/commit/{oid}", "commitOid": oid})

    def file(self, repo: str, revision: str, path: str) -> Answer:
        """A file, whole or from a byte on; it may break off in the middle."""
        found = self.repository(repo)
        commit = found.resolved(revision)
        if commit is None:
            raise refused(404, "RevisionNotFound")
        content = found.commits[commit].get(path)
        if content is None:
            raise refused(404, "EntryNotFound", **{"X-Repo-Commit": commit})
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        about = {"X-Repo-Commit": commit, "ETag": etag, "Content-Length": str(len(content) - start)}
        if start:
            about["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        sent = content[start:]
        if self.command == "GET" and self.hub.breaks_after is not None:
            sent, self.hub.breaks_after, self.close_connection = sent[: self.hub.breaks_after], None, True
        return Answer(206 if start else 200, sent, about)


_ROUTES = (
    ("POST", "/api/repos/create", "create"),
    ("POST", "/api/validate-yaml", "valid"),
    ("GET", r"/api/models/(?P<repo>[^/]+/[^/]+)(/revision/(?P<revision>.+))?", "about"),
    ("POST", r"/api/models/(?P<repo>[^/]+/[^/]+)/preupload/.+", "preupload"),
    ("POST", r"/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", "batch"),
    ("PUT", "/objects/(?P<oid>[0-9a-f]+)", "keep"),
    ("POST", r"/api/models/(?P<repo>[^/]+/[^/]+)/commit/.+", "commit"),
    ("GET HEAD", r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "file"),
)


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub on this machine, with nothing in it."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
