"""A real Ray cluster of two workers, one of which is killed in mid-run."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from photostyle.batch import Ledger, make_plan, run_batch

ray = pytest.importorskip("ray", reason="needs photostyle[ray]")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors"),
]


@pytest.fixture
def cluster():
    """A head that does no work, and two workers of one processor."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    small = {"object_store_memory": 80 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **small})
    cluster.workers = [cluster.add_node(num_cpus=1, object_store_memory=80 << 20) for _ in range(2)]
    cluster.wait_for_nodes(60)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def copying_worker():
    """Made here and not in a module, so that Ray carries it whole: it copies, slowly, and keeps a list of what it did."""
    import hashlib
    from pathlib import Path

    from photostyle.batch.fingerprint import identify
    from photostyle.batch.messages import Outcome

    class Worker:
        def read(self, task):
            return task

        def relight(self, task):
            time.sleep(0.3)
            return task

        def write(self, task):
            job, data = task.job, Path(task.job.content).read_bytes()
            if b"bad" in data:
                return Outcome(task.number, "failed", f"{job.content}: bad")
            Path(task.part).write_bytes(data)
            inputs = {name: identify(name) for name in job.inputs}
            facts = {"output_bytes": len(data), "output_hash": hashlib.sha256(data).hexdigest()}
            return Outcome(task.number, "made", None, inputs, 0.3, **facts)

    return Worker()


def alive_nodes(wanted: int) -> int:
    """How many nodes Ray holds for alive, when it has had time to notice a death."""
    for _ in range(120):
        alive = sum(node["Alive"] for node in ray.nodes())
        if alive == wanted:
            break
        time.sleep(0.5)
    return alive


def test_a_worker_is_killed_in_mid_run(cluster, tmp_path):
    from photostyle.batch.ray_engine import RayEngine

    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(14):
        (tmp_path / f"in/{number:02}.jpg").write_bytes(b"bad" if number == 2 else b"photo %d " % number * 100)
    (tmp_path / "dusk.jpg").write_bytes(b"dusk")
    plan = make_plan([str(tmp_path / "in")], str(tmp_path / "out/{stem}.{ext}"), [str(tmp_path / "dusk.jpg")])
    ray.cloudpickle.register_pickle_by_value(__import__("sys").modules[copying_worker.__module__])
    engine, ledger, seen = RayEngine(cluster.address, make_worker=copying_worker), Ledger(tmp_path / "ledger.sqlite"), Counter()

    def callback(event):
        seen[event.status, Path(event.content).stem] += 1
        if len(seen) == 4:
            cluster.remove_node(cluster.workers[0], allow_graceful=False)

    summary = run_batch(plan, ledger, engine, callback=callback)
    assert alive_nodes(2) == 2  # the head and one worker
    engine.close()
    rows = {Path(row.output).stem: row for row in ledger.rows()}
    ledger.close()
    assert (summary.done, summary.failed, summary.left) == (13, 1, 0)
    assert set(seen.values()) == {1} and len(rows) == 14
    assert all(row.attempts == 1 for row in rows.values())
    for made in (tmp_path / "out").iterdir():
        assert made.read_bytes() == (tmp_path / "in" / made.name).read_bytes()
    assert len(list((tmp_path / "out").iterdir())) == 13
