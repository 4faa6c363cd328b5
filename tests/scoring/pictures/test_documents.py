"""Protocols of pictures as documents."""

from pathlib import Path
from typing import Any

import pytest

from zoo.documents.strict import validated_model
from zoo.documents.toml import read_toml
from zoo.errors import ZooError
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol, shipped
from zoo.scoring.pictures.wording import of_protocol
from zoo.scoring.protocols import PROTOCOLS, protocol

NAMES = {
    "patn-fashion", "patn-market", "if-default7", "spgnet-fashion", "spgnet-market", "gfla-256", "gfla-market", "dptn-fashion",
    "pidm-256x176", "cfld-256x176", "cfld-512x352", "dior-256x176", "pws-foreground", "pise-psnr-legacy", "zoo-256x176",
}  # fmt: skip


def document(name: str, **changes: Any) -> PictureProtocol:
    return validated_model(PictureProtocol, {**read_toml(shipped()[name]), **changes}, name)


def test_the_fields_protocols_are_shipped_under_their_names() -> None:
    assert {*shipped()} == NAMES and not NAMES & {*PROTOCOLS}
    assert all(picture_protocol(name).name == name for name in NAMES)
    assert [name for name in NAMES if picture_protocol(name).legacy] == ["pise-psnr-legacy"]


def test_the_digest_is_of_what_is_decided() -> None:
    digest = picture_protocol("gfla-256").digest()
    assert document("gfla-256", summary="other words", source="elsewhere").digest() == digest
    metrics = read_toml(shipped()["gfla-256"])["metrics"]
    for changes in ({"version": "2"}, {"prepare": {"frame": "person", "size": [256, 256]}}, {"metrics": metrics[1:]}):
        assert document("gfla-256", **changes).digest() != digest
    assert document("gfla-256", metrics=[{**metrics[0], "note": "a word"}, *metrics[1:]]).digest() == digest
    assert document("gfla-256", metrics=[{**metrics[0], "width": 53}, *metrics[1:]]).digest() != digest


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ({"name": "ssim", "use": "ssim", "window": "uniform", "width": 7, "covariance": "sample", "rnage": 1.0}, "range"),
        (
            {"name": "s", "use": "ssim", "window": "uniform", "width": 7, "sigma": 1.5, "covariance": "sample", "range": 1.0},
            "sigma",
        ),
        ({"name": "s", "use": "ssim", "window": "uniform", "width": 8, "covariance": "sample", "range": 1.0}, "odd"),
        ({"name": "psnr", "use": "psrn", "domain": "float"}, "psnr"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(metric: dict[str, Any], told: str) -> None:
    with pytest.raises(ZooError) as refused:
        document("gfla-256", metrics=[metric])
    assert told in str(refused.value)


def test_two_metrics_of_one_name_are_refused() -> None:
    metrics = read_toml(shipped()["gfla-256"])["metrics"]
    with pytest.raises(ZooError, match="two metrics are called 'ssim'"):
        document("gfla-256", metrics=[metrics[0], metrics[0]])


def test_a_protocol_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(shipped()["cfld-256x176"].read_text().replace("width = 51", "width = 31"))
    assert picture_protocol(str(path)).digest() != picture_protocol("cfld-256x176").digest()
    with pytest.raises(ZooError, match="did you mean 'gfla-256'"):
        picture_protocol("gfla256")


def test_a_track_cannot_name_a_protocol_of_pictures() -> None:
    with pytest.raises(ZooError, match="scores pictures on disk"):
        protocol("gfla-256")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_metric_is_told_in_words(name: str) -> None:
    words = dict(of_protocol(picture_protocol(name)))
    assert {rule.name for rule in picture_protocol(name).metrics} <= {*words} and all(words.values())
