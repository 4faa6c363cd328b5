"""`zoo run`, `zoo train`, `zoo leaderboard`: one way from a recipe to a row."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Zoo
from zoo.results.pictures import Painted
from zoo.store.folder import PICTURES

ROW = {
    "rank", "recipe", "variant", "changes", "track", "protocol", "seed", "oracle", "origin", "scores", "parameters", "macs",
    "record",
}  # fmt: skip


def test_a_run_leaves_a_record_a_page_and_a_row(zoo: Zoo, track: Path) -> None:
    done = zoo("run", "--recipe", "copy", "--track", track, "--device", "cpu", "--json")
    assert done.code == 0, done.err
    record = done.json
    assert all(score.keys() == {"mean", "low", "high", "n"} for score in record["scores"].values())
    assert record["recipe"]["name"] == "copy" and record["weights"]["origin"] == "none" and record["pairs"] == 6

    said = dict(line.split(": ", 1) for line in done.err.splitlines() if ": " in line)
    assert json.loads(Path(said["record"]).read_text()) == record
    page = Path(said["report"]).read_text()
    assert record["id"] in page and "data:image/png;base64," in page
    assert Path(said["run folder"]).is_dir()

    [row] = shown(zoo, said["on the board"])
    assert row.keys() >= ROW and row["record"] == record["id"] and row["rank"] == 1
    assert row["scores"]["ssim"] == record["scores"]["ssim"]
    for place in (Path(said["record"]).parent, said["run folder"]):
        assert zoo("leaderboard", "--json", "--results", place).json == [row], "a run's folder stands for its records'"


def test_a_run_made_elsewhere_says_how_its_row_is_shown(zoo: Zoo, track: Path) -> None:
    mean = ["run", "--recipe", "mean", "--track", track, "--from-scratch", "--steps", 1, "--device", "cpu"]
    assert zoo("run", "--recipe", "copy", "--track", track, "--device", "cpu").code == 0
    done = zoo(*mean, "--out", "my own run's")
    assert done.code == 0, done.err
    told = done.err.splitlines()[-1].removeprefix("on the board: ")
    assert {row["recipe"] for row in shown(zoo, told)} == {"copy", "mean"}, "among the rows of ./runs"
    assert {row["recipe"] for row in zoo("leaderboard", "--track", "tiny", "--json").json} == {"copy"}
    zoo("leaderboard", "my own run's", "--track", "tiny", "--html", "board.html")
    page = Path("board.html").read_text(encoding="utf-8")
    assert all(Painted.load(path).pairs[0].output in page for path in Path().rglob(PICTURES)), "and its pictures are found"
    compared = zoo("compare", "my own run's", "copy", "--track", "tiny")
    assert compared.code == 0 and "a: mean" in compared.out


def shown(zoo: Zoo, line: str) -> list[dict[str, Any]]:
    """The rows of a board, by a command as it was told."""
    name, *arguments = shlex.split(line)
    assert name == "zoo"
    return list(zoo(*arguments, "--json").json)


@pytest.mark.parametrize("command", [["leaderboard"], ["leaderboard", "--results"], ["effects", "--results"]], ids=" ".join)
def test_what_is_no_folder_of_records_is_told_with_the_folder(zoo: Zoo, track: Path, command: list[str]) -> None:
    Path("some").mkdir()
    Path("some", "record.json").write_text("{}")
    refused = zoo(*command, "some/record.json")
    assert refused.code == 2 and "name the folder that it lies in: some" in refused.err
    refused = zoo(*command, "figures-64")
    assert refused.code == 2 and "there is no folder figures-64" in refused.err and "--track" in refused.err


def test_of_several_samples_the_first_is_scored_and_their_diversity_told(zoo: Zoo, track: Path) -> None:
    stepped = ["style=base.encoder", "generator=base.unet", "generator.width=4", "generator.wear=base.flow_matching"]
    run = [
        "run",
        "--recipe",
        "copy",
        "--track",
        track,
        "--device",
        "cpu",
        *(w for s in stepped for w in ("--set", s)),
        "--json",
    ]
    one, two = zoo(*run).json, zoo(*run, "--samples", 2).json
    assert (one.get("samples"), two["samples"]) == (None, 2)
    assert two["scores"].pop("diversity")["mean"] > 0 and two["scores"] == one["scores"]
    refused = zoo("run", "--recipe", "copy", "--track", track, "--samples", 2)
    assert refused.code == 2 and "paints in one step" in refused.err
    assert zoo("run", "--recipe", "copy", "--track", track, "--samples", 0).code == 2


def test_a_run_is_told_beside_the_trivial_baselines(zoo: Zoo, track: Path) -> None:
    zoo("run", "--recipe", "copy", "--track", track)
    done = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--steps", "2")
    assert done.code == 0, done.err
    scores, board = done.out.split("\n\n", 1)
    head, _, *lines = scores.splitlines()
    assert head.split() == ["score", "better", "mean", "copy"]
    assert any(line.startswith("ssim ") and line.count("[") == 2 for line in lines)
    assert board.startswith("tiny, protocol figures-v1") and "masked_ssim" in board


def test_two_runs_are_compared_pair_by_pair(zoo: Zoo, track: Path) -> None:
    zoo("run", "--recipe", "copy", "--track", track, "--out", "copied")
    zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--steps", "2", "--out", "mean")
    done = zoo("compare", "copied", "mean")
    assert done.code == 0 and done.out.startswith("a: copy (seed 0) on tiny, 6 pairs\nb: mean (seed 0) on tiny, 6 pairs")
    rows = zoo("compare", "copied", "mean", "--json").json
    keys = {"metric", "unit", "higher_is_better", "a", "b", "difference", "better"}
    keys |= {"p", "adjusted", "seeds", "paired", "sentence"}
    assert all(row.keys() == keys and row["difference"].keys() == {"mean", "low", "high", "n"} for row in rows)
    assert {"masked_ssim", "pckh"} <= {row["metric"] for row in rows}
    assert all(row["paired"] for row in rows) and rows[0]["sentence"] in done.out and not done.err
    records = [next(Path(name, "results").glob("*.json")) for name in ("copied", "mean")]
    assert zoo("compare", *records, "--json").json == rows, "a record says the same as the folder of its run"
    lost = zoo("compare", "copied", "nowhere")
    assert lost.code == 2 and "unknown row 'nowhere'" in lost.err


def test_out_holds_everything(zoo: Zoo, track: Path) -> None:
    done = zoo("run", "--recipe", "copy", "--track", track, "--out", "here")
    assert done.code == 0 and Path("here/report.html").is_file() and len(list(Path("here/results").glob("*.json"))) == 1
    assert not Path("runs").exists()


def test_train_then_run_the_weights(zoo: Zoo, track: Path) -> None:
    trained = zoo("train", "--recipe", "mean", "--track", track, "--steps", "2", "--json")
    assert trained.code == 0, trained.err
    about = trained.json
    assert about["steps"] == 2 and about["images_seen"] == 4 and len(about["sha256"]) == 64
    done = zoo("run", "--recipe", "mean", "--track", track, "--weights", about["weights"], "--json")
    assert "precision" not in done.json["weights"], "single precision goes without saying"
    assert done.json["weights"]["origin"] == "file" and done.json["weights"]["sha256"] == about["sha256"]


def test_a_record_tells_the_precision_of_training(zoo: Zoo, track: Path) -> None:
    half = ("--track", track, "--steps", "2", "--precision", "bf16", "--json")
    trained = zoo("train", "--recipe", "mean", *half).json
    done = zoo("run", "--recipe", "mean", "--track", track, "--weights", trained["weights"], "--json")
    assert done.json["weights"]["precision"] == "bf16"


def test_a_record_tells_the_precision_of_scoring_and_is_not_ranked_beside_others(zoo: Zoo, track: Path) -> None:
    weights = zoo("train", "--recipe", "scmnet", "--track", track, "--steps", "1", "--json").json["weights"]
    run = ("run", "--recipe", "scmnet", "--track", track, "--weights", weights)
    done = [zoo(*run, "--precision", precision, "--out", precision, "--json") for precision in ("no", "bf16")]
    assert not any(one.code for one in done), [one.err for one in done]
    single, half = (one.json for one in done)
    assert "scoring_precision" not in single and half["scoring_precision"] == "bf16"
    moved = [half["scores"][name]["mean"] - score["mean"] for name, score in single["scores"].items()]
    assert any(moved)
    for folder in ("no", "bf16"):
        assert zoo("verify", folder, "--weights", weights).code == 0, "scored again as it was"
    assert "scored in bf16" in zoo("verify", "bf16", "--weights", weights).out
    rows = [row for row in zoo("leaderboard", "--results", "bf16/results", "--json").json if row["recipe"] == "scmnet"]
    assert {row["scoring_precision"]: row["rank"] for row in rows}["bf16"] is None


def test_the_leaderboard_writes_a_page(zoo: Zoo, track: Path) -> None:
    zoo("run", "--recipe", "copy", "--track", track)
    done = zoo("leaderboard", "--html", "page.html", "--by", "psnr")
    assert done.code == 0 and "copy" in done.out
    assert "<table" in Path("page.html").read_text()


def test_a_leaderboard_of_nothing_says_so(zoo: Zoo, tmp_path: Path) -> None:
    assert "no records yet" in zoo("leaderboard", "--results", tmp_path).out
    assert zoo("leaderboard", "--results", tmp_path, "--json").json == []


def test_a_damaged_record_is_told_and_left_out(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    done = zoo("leaderboard", "--results", tmp_path, "--json")
    assert done.json == [] and "warning: bad.json is not a valid record of a run" in done.err


def test_what_parts_bring_is_told_from_records(zoo: Zoo) -> None:
    done = zoo("effects")
    assert done.code == 0 and done.out.startswith("masked_ssim on figures-64") and "varies with style alone" in done.out
    told = zoo("effects", "--by", "region_lab", "--json").json
    assert told["metric"] == "region_lab" and not told["higher_is_better"] and {*told["factors"]} >= {"style", "merge"}
    assert {effect["places"][0][1] for effect in told["main"]} >= {"base.concat", "base.adain"}
    assert zoo("effects", "papers", "--track", "figures-256").code == 2
