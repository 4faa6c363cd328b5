"""Push and pull against a hub on this machine, with huggingface_hub as the client: one commit, a pin, and nothing unhashed."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tests.cli.conftest import TRACK, Zoo
from tests.hub.server import TOKEN, Hub
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.hub.parcel import PAIRS, RECORD, STRIP
from zoo.hub.pulling import pull, unpack
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import load_track
from zoo.results.files import read_record
from zoo.results.pairs import read_pairs
from zoo.store.folder import WEIGHTS
from zoo.store.hub import pinned

REPO = "me/mean"
ALONE = """
import sys, zoo.cli
try:
    zoo.cli.main(sys.argv[1:])
except SystemExit as end:
    sys.exit(end.code or 3 * ('torch' in sys.modules))
"""


@pytest.fixture
def pushed(hub: Hub, run: Path, zoo: Zoo) -> str:
    """The address of a run on the hub."""
    done = zoo("push", run, "--repo", REPO)
    assert done.code == 0, done.err
    return done.out.strip()


def altered(hub: Hub, **files: bytes | None) -> str:
    """The address of a further commit that says something else; `record_json` is record.json."""
    repository = hub.repositories[REPO]
    content = {**repository.commits[repository.head], **{n.replace("_", "."): c for n, c in files.items()}}
    return f"hf:{REPO}@{repository.commit({n: c for n, c in content.items() if c is not None})}"


def test_a_run_goes_up_in_one_commit_and_comes_back_as_a_run(pushed: str, hub: Hub, run: Path, zoo: Zoo) -> None:
    repository = hub.repositories[REPO]
    assert len(repository.commits) == 2 and pushed == f"hf:{REPO}@{repository.head}", "the first is the Hub's own"
    files = {n: c for n, c in repository.commits[repository.head].items() if n != ".gitattributes"}
    assert {*files} == {"README.md", RECORD, PAIRS, "recipe.toml", "track.toml", WEIGHTS, STRIP}
    done = zoo("pull", pushed, "--out", "mine", "--json")
    assert done.code == 0, done.err
    [record] = Path("mine/results").glob("*.json")
    assert record.read_bytes() == (run / "results" / record.name).read_bytes() == files[RECORD]
    assert file_sha256(Path("mine") / WEIGHTS) == file_sha256(run / WEIGHTS) == read_record(record).weights.sha256
    compared = zoo("compare", "mine", run)
    assert compared.code == 0, compared.err
    again = zoo("run", "--recipe", "mine/recipe.toml", "--track", "mine/track.toml", "--weights", f"mine/{WEIGHTS}", "--json")
    assert again.code == 0, again.err
    assert again.json["scores"] == json.loads(record.read_text())["scores"]


def test_what_is_loaded_is_the_record_s(pushed: str, run: Path) -> None:
    pulled = pull(pushed)
    assert str(pulled.pin) == pushed and pulled.weights and file_sha256(pulled.weights) == pulled.record.weights.sha256
    folder = unpack(pulled)
    assert folder.parent == Path("runs/hub") and read_pairs(pulled.record, folder / "results") is not None
    recipe, track = load_recipe(folder / "recipe.toml"), load_track(folder / "track.toml")
    assert (recipe.digest(), track.digest()) == (pulled.record.recipe_digest, pulled.record.track_digest)
    assert (pulled.recipe.digest(), pulled.track.digest()) == (recipe.digest(), track.digest())
    unpack(pulled)  # what lies there is right
    (folder / "track.toml").write_text("mine")
    with pytest.raises(ZooError, match=r"another track\.toml lies there"):
        unpack(pulled)


def test_the_card_is_the_record_made_readable(pushed: str, hub: Hub, run: Path, zoo: Zoo) -> None:
    [path] = (run / "results").glob("*.json")
    record = read_record(path)
    repository = hub.repositories[REPO]
    text = repository.commits[repository.head]["README.md"].decode()
    _, head, body = text.split("---\n", 2)
    assert yaml.safe_load(head)["library_name"] == "posezoo" and "license" not in yaml.safe_load(head)
    for name, score in record.scores.items():
        assert f"| {name} | {score.mean:.4g}" in body and f"{score.low:.4g} to {score.high:.4g}" in body
    for told in (record.id, str(record.weights.sha256), "drawn by the plugin", "must not be used for", STRIP, "2 steps"):
        assert told in body, told
    assert zoo("push", run, "--repo", REPO, "--licence", "apache-2.0").code == 0
    assert b"license: apache-2.0" in repository.commits[repository.head]["README.md"]


def test_a_card_cannot_be_written_into(run: Path) -> None:
    from zoo.hub.card import card
    from zoo.hub.parcel import packed
    from zoo.hub.pulling import recipe_of, track_of

    parcel = packed(run)
    evil = recipe_of(parcel.record).model_copy(update={"summary": "<script>x</script>|\n# Verified by nobody"})
    text = card(parcel, evil, track_of(parcel.record), REPO, "")
    assert "<script>" not in text and "\n# Verified" not in text


def test_the_strip_shows_four_pictures_of_each_pair(pushed: str, hub: Hub) -> None:
    repository = hub.repositories[REPO]
    with Image.open(io.BytesIO(repository.commits[repository.head][STRIP])) as strip:
        assert strip.size == (4 * 128 + 3 * 4, 6 * 128 + 5 * 4)  # six pairs of 64x64, twice as large


def test_scores_are_listed_under_a_benchmark_of_the_hub(hub: Hub, run: Path, zoo: Zoo) -> None:
    from huggingface_hub import parse_eval_result_entries

    assert zoo("push", run, "--repo", REPO, "--benchmark", "zoo/figures").code == 0
    repository = hub.repositories[REPO]
    entries = parse_eval_result_entries(yaml.safe_load(repository.commits[repository.head][".eval_results/tiny.yaml"]))
    [path] = (run / "results").glob("*.json")
    assert {e.task_id: e.value for e in entries} == {n: s.mean for n, s in read_record(path).scores.items()}
    assert {e.dataset_id for e in entries} == {"zoo/figures"} and all("95 % interval" in str(e.notes) for e in entries)
    assert zoo("push", run, "--repo", REPO).code == 0
    assert ".eval_results/tiny.yaml" not in repository.commits[repository.head], "what is no longer so is taken away"


def test_pictures_of_data_that_is_not_free_stay_here(hub: Hub, run: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.hub.pushing._may_be_shown", lambda dataset: False)
    done = zoo("push", run, "--repo", REPO)
    assert done.code == 0 and "pictures stay here" in done.err
    repository = hub.repositories[REPO]
    assert STRIP not in repository.commits[repository.head] and b"![" not in repository.commits[repository.head]["README.md"]
    assert zoo("push", run, "--repo", REPO, "--pictures").code == 0
    assert STRIP in repository.commits[repository.head]


def test_without_a_record_nothing_is_pushed(hub: Hub, run: Path, zoo: Zoo, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    done = zoo("push", bare, "--repo", REPO)
    assert done.code == 2 and "nothing is pushed without a record" in done.err
    shutil.copy(run / WEIGHTS, bare)
    done = zoo("push", bare, "--repo", REPO)
    assert done.code == 2 and "nothing is pushed without a record" in done.err and "zoo run --weights" in done.err
    assert not hub.asked


def test_a_record_brings_what_belongs_to_it(hub: Hub, run: Path, zoo: Zoo, tmp_path: Path) -> None:
    [path] = (run / "results").glob("*.json")
    assert zoo("push", path, "--repo", REPO).code == 0
    repository = hub.repositories[REPO]
    files = repository.commits[repository.head]
    assert files[WEIGHTS] == (run / WEIGHTS).read_bytes() and STRIP in files and PAIRS in files
    for file in path.parent.glob(f"{path.stem}*"):
        shutil.copy(file, tmp_path)
    done = zoo("push", tmp_path / path.name, "--repo", REPO)
    assert done.code == 2 and "zoo push RUN" in done.err, "its weights are elsewhere"


def test_a_run_with_nothing_to_train_has_no_weights(hub: Hub, zoo: Zoo) -> None:
    Path("tiny.toml").write_text(TRACK)
    assert zoo("run", "--recipe", "copy", "--track", "tiny.toml").code == 0
    done = zoo("push", "runs/tiny/copy-full-seed0", "--repo", "me/copy")
    assert done.code == 0, done.err
    pulled = pull(done.out.strip())
    assert pulled.weights is None and pulled.recipe.name == "copy" and pulled.pairs is not None


def test_branches_and_tags_are_refused_with_the_commit_they_point_at(pushed: str, hub: Hub, zoo: Zoo) -> None:
    for address in (f"hf:{REPO}", f"hf:{REPO}@main"):
        done = zoo("pull", address)
        assert done.code == 2 and pushed in done.err, done.err
    assert "knows no such commit" in zoo("pull", f"hf:{REPO}@v9").err
    assert not hub.asked_for("GET /me/mean/resolve")
    later = altered(hub, README_md=b"moved on")
    assert pull(pushed).record.id and later in zoo("pull", f"hf:{REPO}@main").err, "a moved branch moves no pin"
    for wrong in ("hf:mean", "me/mean", f"hf:me/mean@{'c' * 40} ", "hf:../x@main"):
        with pytest.raises(ZooError, match="no repository on the Hub"):
            pinned(wrong)


@pytest.mark.parametrize("name", ["weights_safetensors", "pairs_npz"])
@pytest.mark.parametrize("damage", [b"", b"another file", None])
def test_weights_and_scores_of_pairs_are_the_record_s_or_nothing(
    pushed: str, hub: Hub, name: str, damage: bytes | None
) -> None:
    with pytest.raises(ZooError) as error:
        pull(altered(hub, **{name: damage}))
    assert ("no such file" if damage is None else "not the file that the record speaks of") in error.value.what


def test_a_record_that_was_altered_is_refused(pushed: str, hub: Hub, run: Path) -> None:
    [path] = (run / "results").glob("*.json")
    other = path.read_bytes().replace(b'"steps": 2', b'"steps": 3')
    with pytest.raises(ZooError, match="altered after it was written"):
        pull(altered(hub, record_json=other))
    with pytest.raises(ZooError, match="at most 1,048,576 are fetched"):
        pull(altered(hub, record_json=b" " * (1 << 20) + other))


def test_a_recipe_that_is_not_the_digest_s_is_refused(pushed: str, hub: Hub) -> None:
    record = pull(pushed).record
    content = {**record.model_dump(mode="json", exclude={"id"})}
    content["recipe"]["generator"]["use"] = "else.generator"
    lie = type(record).of(content)
    with pytest.raises(ZooError, match="not the one whose digest it tells"):
        pull(altered(hub, record_json=lie.model_dump_json().encode()))


def test_parts_that_nobody_offers_are_named_with_the_plugin_and_no_code_comes(pushed: str, hub: Hub) -> None:
    record = pull(pushed).record
    content = {**record.model_dump(mode="json", exclude={"id"})}
    content["recipe"]["generator"]["use"] = "theirs.painter"
    from zoo.recipes.loading import make_recipe

    content["recipe_digest"] = make_recipe(content["recipe"], where="").digest()
    content["versions"]["posezoo-theirs"] = "1.2"
    address = altered(hub, record_json=type(record).of(content).model_dump_json().encode())
    hub.asked.clear()
    with pytest.raises(ZooError, match=r"no plugin here offers: theirs\.painter") as error:
        pull(address)
    assert "posezoo-theirs 1.2" in error.value.fix and not [a for a in hub.asked if WEIGHTS in a]


def test_a_download_that_breaks_off_goes_on_where_it_stood(pushed: str, hub: Hub, run: Path) -> None:
    pull(pushed)
    record = len(hub.asked)
    address = altered(hub, README_md=b"another commit")
    shutil.rmtree("cache")
    hub.asked.clear()
    hub.breaks_after = 1000  # the record arrives in two pieces
    assert pull(address).record.id and record
    assert len(hub.asked_for(f"GET /{REPO}/resolve/{address[-40:]}/record.json")) == 2
    fetched = len(hub.asked)
    pull(address)
    assert len(hub.asked) == fetched, "what was fetched is not fetched again"


def test_an_upload_that_breaks_off_goes_on_where_it_stood(hub: Hub, run: Path, zoo: Zoo) -> None:
    hub.refuses = [f"POST /api/models/{REPO}/commit"]
    done = zoo("push", run, "--repo", REPO)
    assert done.code == 1 and len(hub.repositories[REPO].commits) == 1, "all of it or nothing"
    sent = hub.asked_for("PUT")
    assert len(sent) == 3 and zoo("push", run, "--repo", REPO).code == 0
    assert hub.asked_for("PUT") == sent, "weights, strip and scores of pairs were there already"


def test_nothing_is_written_over_somebody_else_s_commit(hub: Hub, run: Path, zoo: Zoo, pushed: str) -> None:
    hub.moves = True
    done = zoo("push", run, "--repo", REPO, "--licence", "mit")
    assert done.code == 1 and "somebody else changed the repository" in done.err


@pytest.mark.parametrize("wrong", [["--repo", "mean"], ["--repo", "me/a/b"], ["--repo", REPO, "--benchmark", "figures"]])
def test_names_that_nothing_on_the_hub_has_are_refused_at_once(hub: Hub, run: Path, zoo: Zoo, wrong: list[str]) -> None:
    done = zoo("push", run, *wrong)
    assert done.code == 2 and "write user/name" in done.err and not hub.asked


@pytest.mark.parametrize("token", ["", "hf_wrong"])
def test_who_may_not_write_is_told_how_to_log_in(
    hub: Hub, run: Path, zoo: Zoo, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    done = zoo("push", run, "--repo", REPO)
    assert done.code == 1 and "HF_TOKEN" in done.err and not hub.repositories
    assert TOKEN not in done.err


def test_a_private_repository_is_for_its_owner(hub: Hub, run: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    done = zoo("push", run, "--repo", REPO, "--private")
    assert done.code == 0 and hub.repositories[REPO].private
    hub.repositories["me/open"] = type(hub.repositories[REPO])()
    hub.repositories["me/open"].commit({})
    assert "and public" in zoo("push", run, "--repo", "me/open", "--private").err
    monkeypatch.delenv("HF_TOKEN")
    refused = zoo("pull", done.out.strip())
    assert refused.code == 1 and "shows it to others only" in refused.err and "HF_TOKEN" in refused.err


def test_files_of_the_hub_are_prefetched_and_never_fetched_on_the_way(pushed: str, hub: Hub, zoo: Zoo) -> None:
    address = f"{pushed}:{WEIGHTS}"
    hub.asked.clear()
    assert zoo("prefetch", address, "--list", "--json").json[0]["state"] == "missing" and not hub.asked
    [row] = zoo("prefetch", address, "--json").json
    assert row["state"] == "here" and row["sha256"] == file_sha256(Path(row["path"]))


def test_without_a_hub_it_says_so_and_what_is_here_still_loads(
    pushed: str, hub: Hub, zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(pushed)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    assert pull(pushed).weights
    done = zoo("pull", f"hf:{REPO}@{'c' * 40}")
    assert done.code == 1 and "could not be used" in done.err
    assert "40 hexadecimal digits" in zoo("pull", f"hf:{REPO}@main").err


def test_pulling_takes_the_hub_s_own_settings_and_no_torch(pushed: str, hub: Hub, tmp_path: Path) -> None:
    around = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "pull", pushed, "--out", "there"], env=around, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there" / WEIGHTS).is_file()
