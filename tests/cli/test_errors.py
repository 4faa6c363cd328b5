"""Every error says what, where, the nearest right name and the mend; 2 is a wrong call, 1 a failure."""

from pathlib import Path

import pytest

from tests.cli.conftest import Zoo
from zoo.cli import leaderboard

WRONG_CALLS = [
    (["lst"], "No such command 'lst'", "Did you mean 'list'?"),
    (["list", "merg"], "error: unknown kind 'merg'", "did you mean 'merge'?"),
    (["list", "--jsn"], "No such option", "--json"),
    (["show", "scment"], "error: unknown name 'scment'", "did you mean 'scmnet'?"),
    (["show"], "Missing argument", "NAME"),
    (["run", "--recipe", "scment"], "error: unknown recipe 'scment'", "did you mean 'scmnet'?"),
    (["run", "--recipe", "scmnet", "--track", "figures64"], "unknown track 'figures64'", "did you mean 'figures-64'?"),
    (["run", "--recipe", "scmnet", "--variant", "wo-brs"], "unknown variant 'wo-brs'", "did you mean 'wo-bsr'?"),
    (["run", "--recipe", "scmnet", "--set", "merge=base.adian"], "unknown merge 'base.adian'", "did you mean 'base.adain'?"),
    (["run", "--recipe", "scmnet", "--set", "mereg=base.adain"], "unknown key 'mereg'", "did you mean 'merge'?"),
    (["run", "--recipe", "scmnet", "--set", "style.witdh=3"], "has no option 'witdh'", "did you mean 'width'?"),
    (["run", "--recipe", "scmnet", "--set", "losses.rec.wieght=2"], "has no option 'wieght'", "did you mean 'weight'?"),
    (["run", "--recipe", "scmnet", "--set", "merge.ware=base.photo"], "where: --set merge.ware=", "did you mean 'wear'?"),
    (
        ["run", "--recipe", "scmnet", "--set", "merge.wear=[base.photo]"],
        "cannot read the value of merge.wear",
        '["mine.part"]',
    ),
    (["run", "--recipe", "scmnet", "--set", "merge.wear=base.phto"], "where: --set merge.wear=", "did you mean 'base.photo'?"),
    (["run", "--recipe", "scmnet", "--set", "losses.rec=base.l3"], "where: --set losses.rec=base.l3", "did you mean"),
    (["run", "--recipe", "scmnet", "--set", "merge.level=x"], "where: --set merge.level=x", "zoo show scmnet.correlation"),
    (["run", "--recipe", "copy", "--steps", "0"], "steps must be a number of at least 1, not 0", "at least 1"),
    (["run", "--recipe", "mean", "--steps", "9"], "--steps is about training", "add --from-scratch"),
    (["run", "--recipe", "mean", "--resume"], "--resume is about training", "add --from-scratch"),
    (["run", "--recipe", "copy", "--from-scratch", "--weights", "w"], "exclude each other", "leave one out"),
    (["run", "--recipe", "copy", "--device", "cdua"], "device 'cdua' cannot be used", "--device cpu"),
    (["run", "--recipe", "scmnet", "--set", "merge=base.show"], "is a generator, not a merge", "zoo list merge"),
    (["leaderboard", "--track", "figures-46"], "unknown track 'figures-46'", "did you mean 'figures-64'?"),
    (["plugin", "new", "Mine"], "'Mine' cannot name a plugin", "small letters"),
    (["plugin", "new", "base"], "a plugin called 'base' is installed", "another name"),
]


@pytest.mark.parametrize(("arguments", "what", "fix"), WRONG_CALLS, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_a_wrong_call_exits_2_and_says_the_mend(
    zoo: Zoo, arguments: list[str], what: str, fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo(*arguments)
    assert (done.code, done.out) == (2, "")
    assert what in done.err and fix in done.err
    assert "Traceback" not in done.err


def test_an_unranked_row_says_why(zoo: Zoo, track: Path) -> None:
    done = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--steps", "1")
    assert "mean: trained on 2 images, the track allows 4" in done.out


def test_an_error_is_three_lines(zoo: Zoo) -> None:
    lines = zoo("list", "merg").err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "  where", "  fix"]


def test_a_file_that_cannot_be_read_exits_1(zoo: Zoo) -> None:
    done = zoo("run", "--recipe", "absent.toml")
    assert done.code == 1 and "there is no file absent.toml" in done.err


def test_a_traceback_comes_only_when_asked_for(zoo: Zoo) -> None:
    assert "Traceback" not in zoo("show", "nobody").err
    asked = zoo("show", "nobody", "--debug")
    assert asked.code == 2 and "Traceback" in asked.err and "error: unknown name 'nobody'" in asked.err


def test_a_surprise_is_one_line_that_says_how_to_see_more(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("surprise")

    monkeypatch.setattr(leaderboard.zoo, "leaderboard", fail)
    done = zoo("leaderboard")
    assert done.code == 1 and "error: ValueError: surprise" in done.err and "--debug" in done.err
    assert "Traceback" not in done.err


def test_without_weights_nothing_is_made_up(zoo: Zoo, track: Path) -> None:
    done = zoo("run", "--recipe", "mean", "--track", track)
    assert done.code == 1 and "no shipped weights for mean on track tiny" in done.err and "--from-scratch" in done.err
