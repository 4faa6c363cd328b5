"""Nothing that a command is told is ignored: it changes what is written down, or it is refused with the mend."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo

RUN = ["run", "--recipe", "scmnet"]
IGNORED = [
    ([*RUN, "--set", "size=paper"], "'size' is no key of a recipe", "--size"),
    ([*RUN, "--set", "variant=wo-bsr"], "'variant' is no key of a recipe", "--variant"),
    ([*RUN, "--size", "smal"], "unknown size 'smal'", "did you mean 'small'?"),
    (["run", "--recipe", "copy", "--size", "small"], "unknown size 'small'", "known: nothing"),
    ([*RUN, "--precision", "fp16"], "precision must be 'no', 'bf16' or 'auto', not 'fp16'", "bf16"),
    ([*RUN, "--batch", "4"], "--batch is about training", "add --from-scratch"),
    ([*RUN, "--init-from", "w"], "--init-from is about training", "add --from-scratch"),
    ([*RUN, "--from-scratch", "--batch", "1000000000"], "batch must be a number of at most 65536", "at most"),
    ([*RUN, "--from-scratch", "--steps", "1000000000000"], "steps must be a number of at most", "at most"),
    ([*RUN, "--seed", str(2**70)], "seed is a number of more than 64 bits", "smaller"),
    ([*RUN, "--seed", str(2**40)], "seed must be a number less than 4294967296", "less than"),
    ([*RUN, "--seed", "x"], "--seed must be a whole number, not 'x'", "--help"),
    ([*RUN, "--variant", "wo-bsr", "--set", "losses.graph.layers=3"], "the loss 'graph' has weight 0", "losses.graph.weight=1"),
    (["run", "--recipe", "spt", "--set", "phases.growth.lr=1"], "phase 'growth' is left out", "give it a share"),
    (
        ["run", "--recipe", "spgnet", "--variant", "baseline", "--set", "losses.parsing=base.l1"],
        "no phase uses the loss",
        "name",
    ),
    (["run", "--recipe", "spgnet", "--set", "parsing=none"], "'first' trains 'parsing'", "phases.first.train = ['merge']"),
    (["run", "--recipe", "copy", "--from-scratch", "--steps", "3"], "copy has nothing to train", "leave it out"),
    (["show", "base.adain", "--set", "blocks=3"], "--set is about a recipe", "leave it out"),
    ([*RUN, "--device", "mps"], "device 'mps' cannot be used: this machine or this PyTorch has none", "--device cpu"),
]


@pytest.mark.parametrize(("arguments", "what", "fix"), IGNORED, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_a_setting_without_an_effect_is_refused(
    zoo: Zoo, arguments: list[str], what: str, fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo(*arguments)
    assert (done.code, done.out) == (2, "") and len(done.err.splitlines()) == 3, done.err
    assert what in done.err and fix in done.err and "pydantic" not in done.err and not list(tmp_path.iterdir())


def test_a_misspelt_scale_names_the_recipe_s_sizes(zoo: Zoo, track: Path) -> None:
    track.write_text(track.read_text().replace('"small"', '"smal"'))
    done = zoo(*RUN, "--track", track)
    assert done.code == 2 and "recipe scmnet has no size 'smal'" in done.err and "did you mean 'small'?" in done.err


@pytest.mark.parametrize("recipe", ["scmnet", "spgnet", "partflow"])
def test_a_size_that_an_image_cannot_have_is_refused_before_anything_is_built(zoo: Zoo, track: Path, recipe: str) -> None:
    track.write_text(track.read_text().replace("[64, 64]", "[70, 51]"))
    done = zoo("run", "--recipe", recipe, "--track", track)
    assert done.code == 2 and "takes images whose sides are multiples of" in done.err and "not 70x51" in done.err
    assert "a track of size 7" in done.err


def test_a_misspelt_protocol_is_refused_before_training(zoo: Zoo, track: Path) -> None:
    track.write_text(track.read_text().replace("figures-v1", "figures-v9"))
    done = zoo("train", "--recipe", "mean", "--track", track)
    assert done.code == 2 and "unknown protocol 'figures-v9'" in done.err


def test_a_frozen_module_that_does_not_exist_is_refused_before_anything_is_written(zoo: Zoo, track: Path) -> None:
    done = zoo("train", "--recipe", "spgnet", "--track", track, "--set", "phases.main.freeze=['merge.flw']", "--out", "run")
    assert done.code == 2 and "freezes 'merge.flw', which the model does not have" in done.err
    assert "did you mean 'merge.flow'?" in done.err and not Path("run").exists()


def test_the_size_is_chosen_and_told(zoo: Zoo, track: Path) -> None:
    small, paper = (zoo("show", "scmnet", "--track", track, "--size", size, "--json").json for size in ("small", "paper"))
    assert paper["parameters"] > 5 * small["parameters"] and paper["digest"] != small["digest"]
    assert (small["recipe"]["changes"], paper["recipe"]["changes"]) == ([], ["size=paper"])


def test_the_batch_is_what_a_record_says_and_another_budget_is_not_ranked(zoo: Zoo, track: Path) -> None:
    done = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--batch", "1", "--steps", "4", "--json")
    weights = done.json["weights"]
    assert (weights["batch"], weights["steps"], weights["images_seen"]) == (1, 4, 4)
    [row] = [r for r in zoo("leaderboard", "--json").json if r["track"] == "tiny"]
    assert row["rank"] is None, "four steps of one image are not two of two"
    assert "steps=4-batch=1" in str(next(Path("runs/tiny").iterdir()))


def test_training_starts_from_weights_and_says_so(zoo: Zoo, track: Path) -> None:
    first = zoo("train", "--recipe", "mean", "--track", track, "--out", "first", "--json").json
    Path("other.toml").write_text(track.read_text().replace('"tiny"', '"other"').replace("test_pairs = 6", "test_pairs = 5"))
    asked = ["--recipe", "mean", "--track", "other.toml", "--init-from", first["weights"], "--out", "second"]
    done = zoo("run", *asked, "--from-scratch", "--json")
    assert done.code == 0 and f"started from weights {first['sha256'][:12]}: took generator" in done.err
    assert done.json["weights"]["init"] == first["sha256"]
    again = zoo("run", "--recipe", "mean", "--track", "other.toml", "--weights", "second/weights.safetensors", "--json")
    assert again.json["weights"]["init"] == first["sha256"], "the file itself says what it was started from"
    [row] = zoo("leaderboard", "--json", "--results", "second/results").json
    assert row["rank"] is None
    assert "started from other weights" in zoo("leaderboard", "--results", "second/results").out


def test_weights_that_fit_no_part_are_refused(zoo: Zoo, track: Path) -> None:
    first = zoo("train", "--recipe", "mean", "--track", track, "--out", "first", "--json").json
    done = zoo("train", "--recipe", "scmnet", "--track", track, "--init-from", first["weights"], "--out", "second")
    assert done.code == 1 and "fits no part of the model" in done.err and "--init-from" in done.err
    assert not Path("second").exists()


def test_scoring_and_training_tell_how_far_they_are(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.documents.progress.SPEAK_EVERY", 0.0)
    done = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--json")
    assert "training  main  loss" in done.err and "2/2" in done.err and "scoring  6/6" in done.err
    assert json.loads(done.out)


def test_the_version_is_told(zoo: Zoo) -> None:
    done = zoo("--version")
    assert done.code == 0 and done.out.startswith("zoo ")


def test_a_shell_can_complete_commands_and_options(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ZOO_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "zoo lead")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "leaderboard" in zoo().out
