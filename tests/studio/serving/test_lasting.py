"""Nothing is lost: what waited or ran when a server ended, however it ended, is done by the next; results stay."""

import json
import signal
import time

import pytest

from photostyle.studio.room import Room
from photostyle.studio.serving import lasting_jobs
from photostyle.studio.serving.app import make_server
from tests.studio.serving.conftest import QUICK, TOKEN, ended, process, send


def test_results_stay(server_of):
    with server_of() as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        record = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
        export = f"/api/transforms/{record['result']['transform']}/export"
        picture = client.post(export, json={"format": "png"}).content
    with server_of() as client:
        kept = client.get(f"/api/jobs/{record['job']}").json()
        assert kept == {name: value for name, value in record.items() if name not in ("stage", "step", "total", "picture")}
        assert client.post(export, json={"format": "png"}).content == picture
        assert {photo["id"] for photo in client.get("/api/photos").json()["photos"]} == set(both.values())


def records(tmp_path, *states: str, begun: int = 0, **both: str) -> list[str]:
    """Files of jobs as a server that was killed leaves them, in their order."""
    (tmp_path / "store" / "jobs").mkdir(exist_ok=True)
    ids = []
    for place, state in enumerate(states):
        ids.append(f"{9 - place:016x}")  # names are in another order than the jobs
        record = {"begun": begun, "job": ids[-1], "created": place, "asked": {**both, "options": QUICK}, "state": state}
        (tmp_path / "store" / "jobs" / f"{ids[-1]}.json").write_text(json.dumps(record))
    return ids


@pytest.fixture
def stored(server_of):
    """Photos that a server has kept."""
    with server_of() as client:
        return {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}


def test_jobs_that_waited_or_ran_are_done_in_their_order(server_of, stored, tmp_path, monkeypatch):
    order = []
    solving = lasting_jobs.asked_solving

    def noted(desk, asked):
        work = solving(desk, asked)
        place = len(order)
        order.append(None)

        def run(tell):
            order[place] = time.monotonic()
            return work(tell)

        return run

    monkeypatch.setattr(lasting_jobs, "asked_solving", noted)
    ids = records(tmp_path, "running", "queued", "queued", begun=1, **stored)
    with server_of(queued=1) as client:  # more than may wait are taken up
        assert [ended(client, id)["state"] for id in ids] == ["done"] * 3
    assert order == sorted(order)


def test_a_job_that_kills_each_server_is_given_up(server_of, stored, tmp_path):
    (id,) = records(tmp_path, "running", begun=lasting_jobs.MOST_BEGUN, **stored)
    with server_of() as client:
        record = client.get(f"/api/jobs/{id}").json()
        assert record["state"] == "failed" and "died 3 times" in record["error"]


def test_a_job_whose_photo_is_gone_says_so(server_of, stored, tmp_path):
    (id,) = records(tmp_path, "queued", content="b0", style=stored["style"])
    with server_of() as client:
        assert "no such photo" in client.get(f"/api/jobs/{id}").json()["error"]


def test_a_file_that_is_no_job_is_left_aside(server_of, stored, tmp_path):
    (tmp_path / "store" / "jobs").mkdir()
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"job": "c"}')):
        (tmp_path / "store" / "jobs" / f"{name}.json").write_text(text)
    with server_of() as client:
        assert client.get("/api/jobs").json() == {"jobs": []}


def test_what_was_half_written_when_it_was_killed_goes(server_of, stored, tmp_path):
    store = tmp_path / "store"
    left = [store / ".part-a.part", store / "brought" / ".part-b", store / "brought" / "b0123456789abcdef.png"]
    for path in left:
        path.write_bytes(b"half")
    with server_of() as client:
        assert not any(path.exists() for path in left)
        assert len(client.get("/api/photos").json()["photos"]) == 2


def test_what_runs_when_it_ends_is_done_by_the_next(server_of):
    with server_of() as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        job = client.post("/api/jobs", json={**both, "options": {"steps": 90_000}}).json()["job"]
        while client.get(f"/api/jobs/{job}").json().get("stage") != "solve":
            time.sleep(0.02)
    with server_of() as client:
        assert client.get(f"/api/jobs/{job}").json()["state"] in ("queued", "running")
        client.delete(f"/api/jobs/{job}")
        assert ended(client, job)["state"] == "cancelled"
    with server_of() as client:
        assert client.get(f"/api/jobs/{job}").json()["state"] == "cancelled"


def test_the_oldest_jobs_go_with_their_results(server_of, tmp_path):
    with server_of(jobs=1) as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        first = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
        second = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
        assert [job["job"] for job in client.get("/api/jobs").json()["jobs"]] == [second["job"]]
        files = {path.name for path in (tmp_path / "store").rglob("*")}
        assert f"{first['job']}.json" not in files and f"{first['result']['transform']}.safetensors" not in files


def test_a_second_server_is_refused(server_of, tmp_path):
    with server_of(), pytest.raises(ValueError, match="the server cannot keep anything"):
        make_server([TOKEN], room=Room(tmp_path / "store"))


@pytest.mark.slow
def test_killed_in_mid_job_and_stopped_in_mid_job_it_loses_nothing(tmp_path):
    long = {"options": {"steps": 90_000}}
    with process(tmp_path / "store") as (client, server):
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        done = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
        running = client.post("/api/jobs", json={**both, **long}).json()["job"]
        waiting = client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"]
        while client.get(f"/api/jobs/{running}").json().get("stage") != "solve":
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL)
        server.wait(timeout=60)
    with process(tmp_path / "store") as (client, server):
        assert client.get(f"/api/jobs/{done['job']}").json()["result"] == done["result"]
        while client.get(f"/api/jobs/{running}").json().get("stage") != "solve":
            time.sleep(0.05)
        with client.stream("GET", f"/api/jobs/{running}/events") as events:  # whoever follows a job does not hold it up
            server.send_signal(signal.SIGTERM)
            assert running in "".join(events.iter_text())
        out, err = server.communicate(timeout=60)
        assert (server.returncode, err) == (0, "")
        assert TOKEN not in out
    with process(tmp_path / "store") as (client, _):
        assert client.delete(f"/api/jobs/{running}").status_code == 200
        assert ended(client, waiting)["state"] == "done"
        assert client.post(f"/api/transforms/{done['result']['transform']}/export", json={}).status_code == 200
