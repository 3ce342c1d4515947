"""Threads sleep while they wait, are no more than the cores, and outlive a fork. Each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from photostyle import threads
from photostyle.errors import DeviceError

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
SHOW = f"print(json.dumps({{n: os.environ.get(n) for n in {WAITING}}}))"


def run(code, seconds=90, **environment):
    """What a fresh process prints, as JSON; a hang fails."""
    own = {name: value for name, value in os.environ.items() if name not in (*WAITING, *threads.THREAD_COUNTS)}
    process = subprocess.run(
        [sys.executable, "-c", code], env={**own, **environment}, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_whatever_imports_photostyle_first_waits_passively():
    passive = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": threads.PASSIVE_WAITING["GOMP_SPINCOUNT"], "KMP_BLOCKTIME": "0"}
    assert run(f"import json, os, photostyle.cli; {SHOW}") == passive
    assert run(f"import json, os; from photostyle.errors import PhotostyleError; {SHOW}") == passive


def test_the_users_choice_of_waiting_stands():
    found = run(f"import json, os, photostyle; {SHOW}", OMP_WAIT_POLICY="ACTIVE")
    assert found == {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": None, "KMP_BLOCKTIME": None}
    found = run(f"import json, os, photostyle; {SHOW}", GOMP_SPINCOUNT="7")
    assert found == {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "7", "KMP_BLOCKTIME": "0"}


def test_nothing_is_set_when_torch_is_loaded_already():
    assert run(f"import json, os, torch, photostyle; {SHOW}") == dict.fromkeys(WAITING)
    assert not threads.wait_passively() or "torch" not in sys.modules


def test_processes_that_are_spawned_wait_passively_too(tmp_path):
    """As the workers of a batch are."""
    script = tmp_path / "spawning.py"
    script.write_text(
        "import json, multiprocessing, os\n"
        "import photostyle\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(json.dumps(pool.apply(os.getenv, ('GOMP_SPINCOUNT',))))\n"
    )
    assert run(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')") == threads.PASSIVE_WAITING["GOMP_SPINCOUNT"]


LIMITED = """
import json
from photostyle import threads
import torch
torch.set_num_threads({before})
threads.available_cores = lambda: 3
print(json.dumps([threads.limit_torch_threads(), torch.get_num_threads()]))
"""


def test_torch_uses_no_more_threads_than_there_are_cores():
    assert run(LIMITED.format(before=5)) == [3, 3]
    assert run(LIMITED.format(before=2)) == [2, 2]
    assert run(LIMITED.format(before=5), OMP_NUM_THREADS="5") == [5, 5]


@pytest.fixture
def six_threads(monkeypatch):
    """As on a machine of six cores, of which the user has said nothing."""
    import torch

    for name in threads.THREAD_COUNTS:
        monkeypatch.delenv(name, raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(6)
    yield torch.get_num_threads
    torch.set_num_threads(before)


def test_a_small_picture_takes_few_threads_and_a_large_one_all(six_threads):
    with threads.few_threads(448 * 299):
        assert six_threads() == 4
    assert six_threads() == 6
    with threads.few_threads(1024 * 683):
        assert six_threads() == 6
    with pytest.raises(ZeroDivisionError), threads.few_threads(1):
        1 / 0  # noqa: B018
    assert six_threads() == 6


def test_small_work_takes_one_thread(six_threads):
    with threads.one_thread():
        assert six_threads() == 1
    with pytest.raises(ZeroDivisionError), threads.one_thread():
        1 / 0  # noqa: B018
    assert six_threads() == 6


def test_the_users_count_of_threads_stands_and_a_batchs_may_be_less(six_threads, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    with threads.few_threads(1):
        assert six_threads() == 6
    monkeypatch.setattr(threads._Counts, "by_batch", True)
    with threads.few_threads(1):
        assert six_threads() == 4


def test_a_solve_takes_few_threads(six_threads, monkeypatch):
    import numpy as np

    import photostyle

    monkeypatch.setattr(threads, "available_cores", lambda: 6)
    counts = []
    ramp = np.linspace(0, 1, 3 * 64 * 80, dtype=np.float32).reshape(64, 80, 3)
    told = lambda event: counts.append((event.stage, six_threads()))
    photostyle.transfer(ramp, ramp[::-1] ** 2, segmenter="none", steps=1, size=64, callback=told)
    assert ("solve", 4) in counts and six_threads() == 6


def test_a_worker_of_a_batch_has_its_threads():
    code = (
        "import json, os; from photostyle import threads; threads.give_worker_threads(1); import torch; "
        "print(json.dumps([torch.get_num_threads(), os.environ['MKL_NUM_THREADS'], threads._chosen_by_user()]))"
    )
    assert run(code, OMP_NUM_THREADS="2") == [1, "1", False]


FORKED = """
import json, multiprocessing, sys
import photostyle  # before torch, so that its threads wait passively
import numpy as np
import torch
from photostyle import threads

def relit(shape):
    threads.prepare_torch()
    ramp = np.linspace(0, 1, 3 * 64 * 80, dtype=np.float32).reshape(64, 80, 3)
    content, style = photostyle.Photo.from_array(ramp), photostyle.Photo.from_array(ramp[::-1] ** 2)
    pixels = photostyle.transfer(content, style, segmenter="none", fast=True).photo.pixels
    return np.asarray(pixels), torch.get_num_threads()

torch.set_num_threads(2)
{change}
before, _ = relit(0)
with multiprocessing.get_context("fork").Pool(2) as pool:
    children = pool.map_async(relit, [1, 2]).get(timeout=120)
after, _ = relit(0)
same = [float(abs(before - pixels).max()) for pixels, _ in [*children, (after, 2)]]
print(json.dumps([same, [count for _, count in children]]))
"""

NO_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@NO_FORK
def test_a_fork_after_a_transfer_can_transfer_too():
    differences, counts = run(FORKED.format(change=""), 200)
    assert differences == [0, 0, 0]
    assert counts == [2, 2]


@NO_FORK
def test_a_fork_with_an_old_openmp_goes_on_with_one_thread():
    change = "threads._end_team = lambda library: False"
    differences, counts = run(FORKED.format(change=change), 200)
    assert max(differences) < 2e-3  # sums in another order
    if sys.platform == "linux":
        assert counts == [1, 1]


def test_a_fork_in_which_gradients_fail_says_what_to_do(monkeypatch):
    """As on a machine with a GPU, where torch keeps threads for its gradients."""
    import torch

    def grad(*tensors):
        raise RuntimeError("Unable to handle autograd's threading in combination with fork-based multiprocessing.")

    monkeypatch.setattr(threads._Fork, "happened", True)
    monkeypatch.setattr(torch.autograd, "grad", grad)
    with pytest.raises(DeviceError, match="start processes with multiprocessing's 'spawn' or 'forkserver'"):
        threads.prepare_torch()
    with pytest.raises(DeviceError, match="forked"):
        threads.prepare_torch()
