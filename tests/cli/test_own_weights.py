"""`--weights FILE`: a file of this recipe and track says how it was trained; of another one nothing is claimed."""

from pathlib import Path

from tests.cli.conftest import Zoo


def test_a_file_of_one_s_own_keeps_its_history_on_its_own_track_only(zoo: Zoo, track: Path) -> None:
    trained = zoo("run", "--recipe", "mean", "--track", track, "--from-scratch", "--seed", "3", "--out", "run", "--json")
    assert trained.code == 0, trained.err
    loaded = ["run", "--recipe", "mean", "--weights", "run/weights.safetensors", "--json"]
    again = zoo(*loaded, "--track", track, "--out", "again").json
    assert (again["weights"]["steps"], again["weights"]["images_seen"], again["seed"]) == (2, 4, 3)
    Path("other.toml").write_text(track.read_text().replace("test_pairs = 6", "test_pairs = 5"))
    foreign = zoo(*loaded, "--track", "other.toml", "--out", "foreign").json
    assert (foreign["weights"]["steps"], foreign["weights"]["images_seen"]) == (0, 0)
