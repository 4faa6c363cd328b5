"""`--weights FILE`: a file of this recipe and track says how it was trained; of another one nothing is claimed."""

import json
from pathlib import Path

from tests.cli.conftest import Zoo
from zoo.store.tensors import read_tensors, write_tensors


def test_a_file_of_one_s_own_keeps_its_history_on_its_own_track_only(zoo: Zoo, track: Path) -> None:
    trained = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--seed", "3", "--out", "run", "--json")
    assert trained.code == 0, trained.err
    loaded = ["run", "--recipe", "mean", "--weights", "run/weights.safetensors", "--json"]
    again = zoo(*loaded, "--track", track, "--out", "again").json
    assert (again["weights"]["steps"], again["weights"]["images_seen"], again["seed"]) == (2, 4, 3)
    assert again["scores"] == trained.json["scores"], "what was scored is what was written, in half precision"
    Path("other.toml").write_text(track.read_text().replace("test_pairs = 6", "test_pairs = 5"))
    foreign = zoo(*loaded, "--track", "other.toml", "--out", "foreign").json
    assert (foreign["weights"]["steps"], foreign["weights"]["images_seen"]) == (0, 0)


def test_a_rewritten_history_is_marked_as_the_file_s_own_word_or_refused(zoo: Zoo, track: Path) -> None:
    zoo("train", "--recipe", "mean", "--track", track, "--out", "run")
    tensors, about = read_tensors(Path("run/weights.safetensors"))
    write_tensors(Path("forged.safetensors"), tensors, {**about, "steps": "2000"})
    forged = zoo("run", "--recipe", "mean", "--track", track, "--weights", "forged.safetensors", "--json").json
    assert (forged["weights"]["origin"], forged["weights"]["steps"]) == ("file", 2000)
    write_tensors(Path("broken.safetensors"), tensors, {**about, "steps": "abc"})
    broken = zoo("run", "--recipe", "mean", "--track", track, "--weights", "broken.safetensors")
    assert broken.code == 1 and "broken.safetensors tells of its training what cannot be" in broken.err


def test_equal_trainings_leave_equal_weights_and_times_apart(zoo: Zoo, track: Path) -> None:
    for out in ("one", "two"):
        assert zoo("train", "--recipe", "mean", "--track", track, "--steps", "3", "--out", out).code == 0
    one, two = (Path(out, "weights.safetensors").read_bytes() for out in ("one", "two"))
    assert one == two and b"seconds" not in one
    assert json.loads(Path("one/times.json").read_text())["train_seconds"] >= 0
