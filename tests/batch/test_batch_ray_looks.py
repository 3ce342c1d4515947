"""Ray's workers share the looks of styles as those of one machine do; no Ray is needed to see it."""

from functools import partial

import pytest

from photostyle.batch import ray_engine
from photostyle.batch.ray_engine import _make_worker, _reachable


def test_workers_share_the_folder_of_the_run(tmp_path):
    assert _reachable(tmp_path) == tmp_path and _reachable(None) is None
    worker = _make_worker(tmp_path)
    assert worker._styles.folder == tmp_path
    worker.close()


def test_a_node_that_cannot_reach_it_shares_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_CACHE", str(tmp_path / "home"))
    own = _reachable(tmp_path / "elsewhere")
    assert own is not None and own.is_dir() and tmp_path / "home" in own.parents


def test_the_engine_gives_its_workers_the_folder(tmp_path, monkeypatch):
    """`make_worker` is what Ray carries to the nodes."""

    class Ray:
        class exceptions:
            pass

        def is_initialized(self):
            return True

        def cluster_resources(self):
            return {"CPU": 2}

        def remote(self, **how):
            return lambda function: function

    monkeypatch.setattr(ray_engine, "_import_ray", Ray)
    make_worker = ray_engine.RayEngine(looks_folder=tmp_path)._make_worker
    assert isinstance(make_worker, partial) and make_worker.args == (tmp_path,)


@pytest.fixture(autouse=True)
def no_threads_changed():
    import torch

    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
