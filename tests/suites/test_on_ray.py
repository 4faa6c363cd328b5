"""The same cells on a Ray cluster: records come back through the driver, also when a node is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.suites.conftest import record_of, stand_in
from zoo.errors import ZooError
from zoo.suites.bench import run
from zoo.suites.engines import Event
from zoo.suites.engines.on_ray import OnRay, Resources
from zoo.suites.plan import Schedule

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install posezoo[bench]")
SOON = {
    "health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 2,
}  # fmt: skip


@pytest.fixture
def cluster() -> Iterator[object]:
    """Two nodes, the head and one to lose."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False, "_system_config": SOON})
    try:
        made.lost = made.add_node(num_cpus=2)  # type: ignore[attr-defined]
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def test_a_lost_node_loses_nothing_and_nothing_is_done_twice(cluster: object, plan: Schedule, tmp_path: Path) -> None:
    nodes, events = tmp_path / "nodes", []
    engine = OnRay(cluster.address, Resources(), stand_in(plan, tmp_path, slow=5), nodes)  # type: ignore[attr-defined]

    def watch(event: Event) -> None:
        events.append(event.what)
        if event.what == "done" and events.count("done") == 2:
            cluster.remove_node(cluster.lost, allow_graceful=False)  # type: ignore[attr-defined]

    began = time.monotonic()
    ended = run(plan, engine, watch=watch)
    assert ended.done == plan.cells and "again" in events, time.monotonic() - began
    expected = {record.file_name: record.model_dump_json().encode() for record in map(record_of, plan.cells)}
    assert {path.name: path.read_bytes() for path in Path("runs/results").glob("*.json")} == expected
    assert all(path.read_text().count("recorded") <= 1 for path in nodes.rglob("work.txt")), "a cell was done twice"
    assert [cell.weights.read_text() for cell in plan.cells if cell.recipe.phases and cell.leads] == ["learnt"] * 8


def test_where_no_cluster_answers_it_is_said() -> None:
    with pytest.raises(ZooError, match="no Ray cluster"):
        OnRay("127.0.0.1:1")
