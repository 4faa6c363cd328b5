"""The Hugging Face Hub: addresses at a fixed commit, files fetched when asked for, its refusals as errors. Imports no torch.

An address is `hf:user/name@<40 hex>`, of a file in it `hf:user/name@<40 hex>:FILE`. Branches and tags move: they are refused.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from zoo.documents.misfits import Misfit
from zoo.documents.strict import Strict
from zoo.errors import ZooError

SCHEME = "hf:"
LARGEST = 1 << 32  # bytes of a file that is fetched; the largest model of the papers takes a twelfth
_REPO = r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*"
_COMMIT = r"[0-9a-f]{40}"
_FILE = re.compile(rf"hf:(?P<repo>{_REPO})@(?P<revision>{_COMMIT}):(?P<filename>[^:]+)")
_ADDRESS = re.compile(rf"hf:(?P<repo>{_REPO})(@(?P<revision>[^@:\s]+))?")
_MEND = "write hf:user/name@ and the 40 hexadecimal digits of a commit, as the repository's page lists them"


class HubFile(Strict):
    """A file on the Hub at a fixed commit."""

    repo: Annotated[str, Field(pattern=rf"^{_REPO}$")]
    revision: Annotated[str, Field(pattern=rf"^{_COMMIT}$")]  # a commit, never a branch
    filename: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo}@{self.revision}:{self.filename}"


class Pin(Strict):
    """A repository on the Hub at a fixed commit."""

    repo: Annotated[str, Field(pattern=rf"^{_REPO}$")]
    revision: Annotated[str, Field(pattern=rf"^{_COMMIT}$")]

    def file(self, name: str) -> HubFile:
        """The file called `name` in it."""
        return HubFile(repo=self.repo, revision=self.revision, filename=name)

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo}@{self.revision}"


def hub_file(address: str) -> HubFile | None:
    """The file that `hf:user/name@<40 hex>:FILE` names; None for any other text."""
    match = _FILE.fullmatch(address)
    return HubFile(**match.groupdict()) if match else None


def _addressed(value: Any) -> HubFile:
    found = value if isinstance(value, HubFile) else hub_file(value) if isinstance(value, str) else None
    if found is None:
        raise Misfit(f"{value!r} is no file at a fixed commit on the Hub", 'write "hf:user/name@<40 hex>:FILE"')
    return found


Addressed = Annotated[HubFile, BeforeValidator(_addressed)]  # a HubFile, spelt as its address


def repository(name: str, where: str) -> str:
    """`user/name`; ZooError, which says `where` it was read, for what cannot be a repository's or a data set's name."""
    if not re.fullmatch(_REPO, name):
        raise ZooError(f"{name!r} names nothing on the Hub", where=where, fix="write user/name", exit_code=2)
    return name


def pinned(address: str) -> Pin:
    """`hf:user/name@<40 hex>`; ZooError for a branch or a tag, with the commit that it points at, and for anything else."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ZooError(f"{address!r} is no repository on the Hub", where=address, fix=_MEND, exit_code=2)
    repo, revision = match["repo"], match["revision"]
    if revision and re.fullmatch(_COMMIT, revision):
        return Pin(repo=repo, revision=revision)
    try:
        commit = commit_of(repo, revision)
    except ZooError as error:
        raise ZooError(f"{address} names no commit, and {error.what}", where=address, fix=_MEND, exit_code=2) from error
    what = f"{revision or 'the main branch'} of {repo} can move, so that nobody would know what was loaded"
    fix = f"pin the commit that it points at now: {Pin(repo=repo, revision=commit)}"
    raise ZooError(what, where=address, fix=fix, exit_code=2)


def commit_of(repo: str, revision: str | None = None) -> str:
    """The commit that a branch or a tag, the main branch if None, points at now: asks the Hub."""
    from huggingface_hub import HfApi

    with speaking(repo):
        return str(HfApi().repo_info(repo, revision=revision).sha)


def cached(file: HubFile) -> Path | None:
    """Where the file lies in the Hub's own cache, whatever is in it; fetches nothing."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(file.repo, file.filename, revision=file.revision)
    return Path(found) if isinstance(found, str) else None


def on_hand(file: HubFile) -> Path:
    """Where the file lies in the Hub's own cache; ZooError, with the command that fetches it, where it is not there."""
    if path := cached(file):
        return path
    raise ZooError(f"{file.filename} has not been fetched from the Hub", where=str(file), fix=f"zoo prefetch {file}")


def download(file: HubFile, *, most: int = LARGEST, mend: str = "") -> Path:
    """Fetch the file, of at most `most` bytes, into the Hub's own cache, over what lies there. The caller checks its sha256."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    with speaking(str(file), mend):
        size = get_hf_file_metadata(hf_hub_url(file.repo, file.filename, revision=file.revision)).size
        if size is None or size > most:
            what = f"{file.filename} is of {size:,} bytes" if size else f"the Hub does not say how large {file.filename} is"
            raise ZooError(f"{what}; at most {most:,} are fetched", where=str(file), fix="name another file")
        anew = cached(file) is not None
        return Path(hf_hub_download(file.repo, file.filename, revision=file.revision, force_download=anew))


@contextmanager
def speaking(where: str, mend: str = "") -> Iterator[None]:
    """Inside, what the Hub refuses and what a broken connection does become a ZooError; `mend` is what else would help."""
    from huggingface_hub import errors

    broken: tuple[type[Exception], ...] = (errors.HTTPError, errors.EntryNotFoundError, OSError, ValueError)  # type: ignore[attr-defined]
    try:
        yield
    except broken as error:
        what, fix = _refusal(error)
        raise ZooError(what, where=where, fix=", ".join(filter(None, (fix, mend)))) from error


def _refusal(error: Exception) -> tuple[str, str]:
    """What the Hub means, and the mend."""
    from huggingface_hub import errors

    code = getattr(getattr(error, "response", None), "status_code", None)
    login = "log in (hf auth login) or set HF_TOKEN to a token that may do this"
    match error:
        case errors.RevisionNotFoundError():
            return "the Hub knows no such commit there", "check the 40 digits: the history may have been rewritten"
        case errors.RemoteEntryNotFoundError():
            return "the Hub has no such file at that commit", "check the name and the commit"
        case errors.RepositoryNotFoundError():
            return "the Hub knows no such repository, or shows it to others only", f"check the name, or {login}"
    if code in (401, 403):
        return f"the Hub refuses this ({code})", login
    if code in (409, 412):
        return "somebody else changed the repository in the meantime", "look at it and do it again"
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"the Hugging Face Hub could not be used: {line}", "check the connection and run again"
