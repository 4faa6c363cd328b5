"""`zoo.push`, `zoo.pull`: runs on the Hugging Face Hub. `zoo.load("hf:...")` pulls by itself."""

from pathlib import Path

from zoo.hub.parcel import packed
from zoo.hub.pulling import pull as pulled
from zoo.hub.pulling import unpack
from zoo.hub.pushing import push as pushed
from zoo.store.hub import Pin


def push(
    run: str | Path, repo: str, *, private: bool = False, licence: str = "", benchmark: str = "", pictures: bool = False
) -> Pin:
    """Push a run's folder, or the record of one, to `repo` in one commit; `str()` of the pin is what `zoo.load` takes.

    `licence` is of the weights (of shipped ones it is known), `benchmark` the one on the Hub that lists its scores; `pictures`
    shows test pairs though the data's licence does not say so. Log in first. ZooError without a record, and for what the Hub
    refuses.
    """
    return pushed(packed(Path(run)), repo, private=private, licence=licence, benchmark=benchmark, pictures=pictures)


def pull(address: str, *, out: str | Path | None = None) -> Path:
    """Fetch a run, `hf:user/name@` and 40 hex digits, as a run's folder: `out`, or one in runs/hub.

    Weights and scores are checked against the record; no code comes along. ZooError for a branch, and for another file than the
    record says.
    """
    return unpack(pulled(address), Path(out) if out else None)
