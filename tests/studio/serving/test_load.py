"""More than the limits allow, from many programs at once: each is told so, memory stays, and a kill loses nothing."""

import json
import random
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.studio.conftest import png, sample
from tests.studio.serving.conftest import BEARER, QUICK, ended, process, send

LARGE = bytes(1 << 21)
LIMITS = ("--queue", "3", "--requests", "6", "--photo-megabytes", "1", "--store-gigabytes", "0.01")


class Crowd:
    """Programs that ask one server for all kinds of things, without a pause, until they are told to stop or it dies.

    Args:
        address: of the server.
        both: ids of the photos, as a job names them.
        most: how many programs.
    """

    def __init__(self, address: str, both: dict[str, str], most: int = 16):
        self.statuses: Counter[int] = Counter()
        self.jobs: list[str] = []
        self.lines: set[str] = set()
        self._address = address
        self._both = both
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(most)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)
        with httpx.Client(base_url=self._address, headers=BEARER, timeout=120) as client:
            while not self._stop.is_set():
                try:
                    answer = self._one(client, chance)
                except httpx.TransportError:
                    return  # it was killed
                self.statuses[answer.status_code] += 1
                if answer.status_code == 202:
                    self.jobs.append(answer.json()["job"])
                elif answer.status_code >= 400:
                    self.lines.add(answer.json()["error"])

    def _one(self, client: httpx.Client, chance: random.Random) -> httpx.Response:
        kind = chance.random()
        if kind < 0.4:
            return client.post("/api/jobs", json={**self._both, "options": QUICK})
        if kind < 0.6:
            return client.post("/api/photos?name=large.png", content=LARGE)
        if kind < 0.8:
            return client.post("/api/photos?name=day.png", content=png(sample(chance.randrange(3))) + bytes(900_000))
        return client.get("/api/jobs")


def begun(store: Path) -> dict[str, int]:
    """How often each job of a store was begun."""
    records = [json.loads(path.read_text()) for path in (store / "jobs").glob("*.json")]
    return {record["job"]: record["begun"] for record in records}


@pytest.mark.slow
def test_killed_under_load_it_loses_nothing_and_does_nothing_twice(tmp_path):
    store = tmp_path / "store"
    with process(store, *LIMITS) as (client, server):
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        crowd = Crowd(str(client.base_url), both)
        deadline = time.monotonic() + 120
        while not (crowd.statuses.keys() >= {200, 201, 202, 413, 429, 503} and len(crowd.jobs) > 8):
            assert time.monotonic() < deadline, crowd.statuses
            assert client.get("/healthz").status_code == 200  # at any load
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL)
        crowd.stop()
    assert crowd.statuses.keys() <= {200, 201, 202, 413, 422, 429, 503}, crowd.lines
    before = begun(store)
    assert before.keys() >= set(crowd.jobs)  # what was answered is on the disk
    done = {id for id in before if json.loads((store / "jobs" / f"{id}.json").read_text())["state"] == "done"}
    with process(store, *LIMITS) as (client, server):
        assert {id: ended(client, id)["state"] for id in crowd.jobs} == dict.fromkeys(crowd.jobs, "done")
        photos = client.get("/api/photos").json()["photos"]
        assert {photo["id"] for photo in photos} >= set(both.values())
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
    after = begun(store)
    assert {after[id] for id in done} == {1} and sorted(after.values())[:-1] == [1] * (len(after) - 1)
    kept = {path.name.partition(".")[0] for path in (store / "brought").iterdir()}
    assert kept == {photo["id"] for photo in photos}  # nor is half a photo left
    assert not list(store.rglob(".part-*"))


def resident(pid: int, name: str) -> float:
    """Megabytes of a process's memory: VmRSS now, VmHWM at most so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's memory is read from /proc")
def test_many_large_files_at_once_do_not_fill_memory(tmp_path):
    with process(tmp_path / "store", "--photo-megabytes", "16") as (client, server):
        address = f"{client.base_url}/api/photos?name=a.png"
        idle = resident(server.pid, "VmRSS")
        codes: Counter[int] = Counter()

        def upload() -> None:
            answer = httpx.post(address, content=(bytes(1 << 20) for _ in range(15)), headers=BEARER, timeout=120)
            codes[answer.status_code] += 1

        threads = [threading.Thread(target=upload) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == {422: 24}  # no photos
        assert resident(server.pid, "VmHWM") - idle < 120


@pytest.mark.slow
def test_who_sends_all_before_it_reads_is_told_that_it_is_too_much(tmp_path):
    with process(tmp_path / "store", "--photo-megabytes", "16") as (client, _):
        for headers, status in ((BEARER, 413), ({}, 401)):
            request = urllib.request.Request(f"{client.base_url}/api/photos?name=a.png", bytes(30 << 20), headers)
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=60)
            assert caught.value.code == status


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process may have any number of files open")
def test_connections_that_say_nothing_do_not_keep_others_out(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))  # the server's, too
    with process(tmp_path / "store") as (client, server):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        address = (client.base_url.host, client.base_url.port)
        silent = [socket.create_connection(address, timeout=30) for _ in range(400)]
        assert httpx.get(f"{client.base_url}/healthz", timeout=30).status_code == 200
        for connection in silent:
            connection.settimeout(30)
            assert connection.recv(1) == b""  # closed
            connection.close()
        server.terminate()
        assert server.communicate(timeout=60)[1] == ""
