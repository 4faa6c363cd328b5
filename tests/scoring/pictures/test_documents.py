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

DIGESTS = {
    "cfld-256x176": ("1", "f67ff0b9f462"),
    "cfld-512x352": ("1", "53c7abe73e68"),
    "dior-256x176": ("1", "f85e32e493c7"),
    "dptn-fashion": ("1", "835c958f4479"),
    "gfla-256": ("1", "2d7b8608191b"),
    "gfla-market": ("1", "22e2cb3ecc6a"),
    "if-default7": ("1", "74d5381e9cdc"),
    "patn-fashion": ("1", "2d12814ab7ca"),
    "patn-market": ("1", "971be5efd92b"),
    "pidm-256x176": ("1", "d73b93c70a1a"),
    "pise-psnr-legacy": ("1", "603237f23733"),
    "pws-foreground": ("1", "1446991f32c9"),
    "spgnet-fashion": ("1", "81c798ba74bf"),
    "spgnet-market": ("1", "a9d345dd992c"),
    "zoo-256x176": ("1", "7ab595b5b5f2"),
}  # version, and what it decides
NAMES = {*DIGESTS}


def document(name: str, **changes: Any) -> PictureProtocol:
    return validated_model(PictureProtocol, {**read_toml(shipped()[name]), **changes}, name)


def test_the_fields_protocols_are_shipped_under_their_names() -> None:
    assert {*shipped()} == NAMES and not NAMES & {*PROTOCOLS}
    assert all(picture_protocol(name).name == name for name in NAMES)
    assert [name for name in NAMES if picture_protocol(name).legacy] == ["pise-psnr-legacy"]


def test_a_changed_rule_is_a_new_version() -> None:
    """Records tell these digests. Whoever changes what a protocol decides counts its version up and says both here."""
    assert {name: (picture_protocol(name).version, picture_protocol(name).digest()[:12]) for name in NAMES} == DIGESTS


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
        ({"name": "psnr", "use": "psrn", "domain": "float"}, "did you mean 'psnr'"),
        ({"name": "lpips", "use": "lpips", "ent": "alex"}, "metrics.lpips"),
        ({"name": "lpips", "use": "lpips", "net": "alex", "drop_lats": 64}, "did you mean 'drop_last'"),
        ({"name": "psnr", "use": "psnr", "domain": "float", "prepare": {"frame": "person"}}, "metrics.psnr.prepare.size"),
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
