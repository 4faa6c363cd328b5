"""`zoo score` and the record it leaves."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from tests.scoring.pictures.folders import make_couples
from zoo.errors import ZooError
from zoo.results.files import read_record, read_records
from zoo.results.scores import ScoreRecord
from zoo.results.sealed import read
from zoo.scoring.pictures.document import picture_protocol
from zoo.store import networks

NETS = "lpips,fid"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options that name outputs and targets; no published network is here."""
    for variable in (networks.FOLDER, "TORCH_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    make_couples(tmp_path, 3, (256, 176))
    sides = [f"--{side}={tmp_path / side}" for side in ("outputs", "targets")]
    return [*sides, "--out", str(tmp_path / "records"), "--device", "cpu"]


def test_several_protocols_one_pass_one_record(zoo: Zoo, folders: list[str], tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / "outputs" / f"t{i}.png").rename(tmp_path / "outputs" / f"t{(i + 1) % 3}___t{i}_vis.png")
    asked = ["--protocol", "cfld-256x176", "--protocol", "dptn-fashion"]
    done = zoo("score", *folders, *asked, "--without", NETS, "--sources", str(tmp_path / "targets"), "--json")
    told = done.json
    assert [p["name"] for p in told["protocols"]] == ["cfld-256x176", "dptn-fashion"]
    assert told["protocols"][0]["digest"] == picture_protocol("cfld-256x176").digest()
    assert told["protocols"][0]["without"] == ["lpips", "fid"] and {*told["protocols"][0]["scores"]} == {
        "ssim",
        "ssim_256",
        "psnr",
    }
    copied, made = (told["protocols"][0][key]["ssim"]["value"] for key in ("copies", "scores"))
    assert copied < made  # somebody else's picture in the output's place
    assert told["counts"] == {"outputs": 3, "targets": 3, "used": 3, "missing": 0, "left_out": 0, "damaged": 0}
    record = read(ScoreRecord, Path(told["record"]))
    assert record.kind == "score" and record.id == told["id"] and record.counts.used == 3
    assert "3 of 3 outputs have a target among 3" in done.err


def test_what_a_metric_lacks_is_told_at_once_with_the_mends(zoo: Zoo, folders: list[str]) -> None:
    done = zoo("score", *folders, "--protocol", "cfld-256x176", "--protocol", "patn-fashion")
    assert done.code == 2 and done.out == ""
    for told in ("alexnet-owt", "sha256 7be5be79", "zoo prefetch alexnet", "--real DIR", "--joints CSV", "--found-joints CSV"):
        assert told in done.err
    assert "--without lpips,fid,is,pckh" in done.err and done.err.count("the training pictures") == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--protocol", "gfla256"], "did you mean 'gfla-256'"),
        (["--protocol", "figures-v1"], "unknown protocol of pictures"),
        (["--protocol", "if-default7", "--without", "fid,lipps"], "did you mean 'lpips'"),
        (["--protocol", "cfld-256x176", "--without", "lipps"], "did you mean 'lpips'"),
        (["--protocol", "pise-psnr-legacy", "--without", "psnr"], "no metric of pise-psnr-legacy is left"),
        (["--protocol", "pise-psnr-legacy", "--layout", "targets=strip"], "unknown layout 'strip'"),
        (["--protocol", "pise-psnr-legacy", "--layout", "whole"], "unknown layout 'whole'"),
        (["--protocol", "if-default7", "--without", "is"], "whole frames"),
        (["--protocol", "cfld-512x352", "--without", NETS, "--joints-size", "256,176"], "write height x width"),
        (["--protocol", "cfld-256x176", "--without", NETS, "--real", "."], "--real serves no metric"),
        (["--protocol", "pise-psnr-legacy", "--layout", "strip"], "strips show their own targets"),
    ],
)
def test_a_wrong_call_is_refused_with_what_would_be_right(zoo: Zoo, folders: list[str], options: list[str], told: str) -> None:
    done = zoo("score", *folders, *options)
    assert done.code == 2 and told in done.err, done.err


def test_sources_that_outputs_do_not_name_are_told(zoo: Zoo, folders: list[str], tmp_path: Path) -> None:
    done = zoo("score", *folders, "--protocol", "pise-psnr-legacy", "--sources", str(tmp_path / "targets"))
    assert done.code == 2 and "3 of 3 outputs name no source" in done.err


def test_pckh_wants_its_detector_named(zoo: Zoo, folders: list[str], tmp_path: Path) -> None:
    row = f"name:keypoints_y:keypoints_x\nt0.png:{[*range(18)]}:{[*range(18)]}\n"
    (tmp_path / "joints.csv").write_text(row)
    files = ["--joints", str(tmp_path / "joints.csv"), "--found-joints", str(tmp_path / "joints.csv")]
    asked = ["--protocol", "patn-fashion", "--without", "is", *files]
    assert "without a detector's name" in zoo("score", *folders, *asked).err
    told = zoo("score", *folders, *asked, "--detector", "mine 1.0", "--json").json
    assert told["detector"] == "mine 1.0" and told["protocols"][0]["scores"]["pckh"]["value"] == 1
    assert told["protocols"][0]["scores"]["pckh"]["undefined"] == 2


def test_strips_of_patn_show_their_own_targets(zoo: Zoo, folders: list[str], tmp_path: Path) -> None:
    (tmp_path / "strips").mkdir()
    for i in range(2):
        target, output = (Image.open(tmp_path / side / f"t{i}.png") for side in ("targets", "outputs"))
        strip = Image.new("RGB", (880, 256))
        for tile, picture in ((2, target), (4, output)):
            strip.paste(picture, (176 * tile, 0))
        strip.save(tmp_path / "strips" / f"s.jpg___t{i}.jpg_vis.png")
    asked = ["--protocol", "pise-psnr-legacy", "--protocol", "zoo-256x176", "--without", "lpips,fid,kid,is,pckh", "--json"]
    (tmp_path / "outputs" / "t2.png").unlink()
    apart = zoo("score", *folders, *asked).json["protocols"]
    within = zoo("score", "--outputs", tmp_path / "strips", "--layout", "strip", *folders[2:], *asked).json["protocols"]
    assert [p["scores"] for p in within] == [p["scores"] for p in apart]


def test_a_mistake_that_a_protocol_keeps_is_told(zoo: Zoo, folders: list[str]) -> None:
    done = zoo("score", *folders, "--protocol", "pise-psnr-legacy")
    assert done.code == 0 and "keeps a mistake" in done.err and "psnr_wrapped" in done.out


def test_records_of_scores_are_no_runs_and_cannot_be_altered(zoo: Zoo, folders: list[str], tmp_path: Path) -> None:
    path = Path(zoo("score", *folders, "--protocol", "pise-psnr-legacy", "--json").json["record"])
    found: list[str] = []
    assert read_records([path.parent], report=found.append) == [] and found == []
    with pytest.raises(ZooError, match="not a run"):
        read_record(path)
    document = json.loads(path.read_text())
    document["protocols"][0]["scores"]["psnr_wrapped"]["value"] = 99.0
    path.write_text(json.dumps(document))
    with pytest.raises(ZooError, match="altered"):
        read(ScoreRecord, path)
