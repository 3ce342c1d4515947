"""What a program gets from the server, and what it is told where it asks for too much."""

import io
import json
import threading

import pytest
from PIL import Image

from photostyle.studio.serving import api, lasting_jobs
from tests.studio.conftest import events, png, sample
from tests.studio.serving.conftest import BEARER, OTHER, QUICK, TOKEN, ended, send


def test_from_photos_to_a_file(client, both):
    job = client.post("/api/jobs", json={**both, "options": QUICK})
    assert job.status_code == 202
    assert job.headers["location"] == f"/api/jobs/{job.json()['job']}"
    told = events(client, job.json()["job"])[-1]
    assert told["state"] == "done", told
    assert told["asked"] == {**both, "options": QUICK}
    transform = told["result"]["transform"]
    answer = client.post(f"/api/transforms/{transform}/export", json={"strength": 0.5, "format": "png"})
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).size == (96, 64)
    assert client.get(f"/api/transforms/{transform}/file").status_code == 200
    assert [job["job"] for job in client.get("/api/jobs").json()["jobs"]] == [told["job"]]


@pytest.mark.parametrize("header", [None, "", f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN} {TOKEN}"])
@pytest.mark.parametrize("path", ["/api/photos", "/metrics", "/nowhere"])
def test_without_a_good_token_nothing_is_answered(client, path, header):
    del client.headers["authorization"]
    answer = client.get(path, headers={} if header is None else {"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer TOKEN" in answer.json()["error"]


def test_each_token_is_good_and_none_is_needed_to_see_that_it_lives(client):
    assert client.get("/api/photos", headers={"authorization": f"bearer {OTHER}"}).status_code == 200
    del client.headers["authorization"]
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "record, status, line",
    [
        ({}, 400, "content must be a text"),
        ({"content": "x", "style": "y"}, 404, "no such photo"),
        ({"content": 7}, 400, "content must be a text"),
        ({"content": "x", "options": []}, 400, "options must be an object"),
        ({"content": "x", "options": {"weights": "/etc/passwd"}}, 422, "takes the options"),
        ({"content": "x", "options": {"steps": -1}}, 422, "steps"),
    ],
)
def test_what_cannot_be_done_is_a_line(client, record, status, line):
    answer = client.post("/api/jobs", json=record)
    assert answer.status_code == status
    assert line in answer.json()["error"]
    assert client.get("/api/jobs").json() == {"jobs": []}


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"content": NaN}', b'{"content": "\\ud800"}', b"[" * 3000])
def test_what_is_no_json_object_is_a_line(client, body):
    answer = client.post("/api/jobs", content=body)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


def test_addresses_and_methods_that_are_not_served(client):
    assert client.get("/api/works").json() == {"error": "Not Found: GET /api/works"}
    answer = client.put("/api/jobs")
    assert answer.status_code == 405 and answer.json() == {"error": "Method Not Allowed: PUT /api/jobs"}


def test_bytes_pixels_and_room_are_bounded(client):
    answer = client.post("/api/photos?name=a.png", content=bytes((1 << 16) + 1))
    assert answer.status_code == 413 and "larger than" in answer.json()["error"]
    answer = client.post("/api/photos?name=a.png", content=png(sample(0)[:1, :1].repeat(300, 0).repeat(300, 1)))
    assert answer.status_code == 422 and "limit" in answer.json()["error"]
    assert client.post("/api/jobs", content=b" " * (1 << 13)).status_code == 413
    photo = png(sample(0))
    answers = [client.post("/api/photos?name=a.png", content=photo) for _ in range((1 << 17) // len(photo) + 1)]
    assert answers[-1].status_code == 413 and "remove photos first" in answers[-1].json()["error"]
    assert client.delete(f"/api/photos/{answers[0].json()['id']}").json() == {"removed": True}
    assert client.post("/api/photos?name=a.png", content=photo).status_code == 201


def test_a_full_store_refuses_before_it_reads(client, monkeypatch):
    monkeypatch.setattr(client.app.state.desk.shelf, "add", None)
    for _ in range(2):
        client.app.state.desk.shelf._bytes += 1 << 16
    answer = client.post("/api/photos?name=a.png", content=b"a")
    assert answer.status_code == 413 and "no room for a.png" in answer.json()["error"]


def test_a_mask_is_bounded(client, both):
    answer = client.post(f"/api/photos/{both['content']}/mask?name=mask.png", content=bytes((1 << 25) + 1))
    assert answer.status_code == 413 and "larger than 33.6 MB" in answer.json()["error"]


@pytest.fixture
def held(monkeypatch):
    """Jobs run until they are let go, and are then cancelled or done."""
    free = threading.Event()

    def asked(desk, record):
        from photostyle.events import Progress
        from photostyle.studio.solving import asked_solving

        work = asked_solving(desk, record)

        def held_work(tell):
            while not free.wait(0.01):
                tell(Progress("solve", 0, 1))
            return work(tell)

        return held_work

    monkeypatch.setattr(lasting_jobs, "asked_solving", asked)
    yield free
    free.set()


def test_a_full_queue_is_429_until_one_is_cancelled(server_of, held):
    with server_of(queued=1) as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        first = client.post("/api/jobs", json=both).json()["job"]
        while client.get(f"/api/jobs/{first}").json()["state"] != "running":
            pass
        waiting = client.post("/api/jobs", json=both).json()["job"]
        answer = client.post("/api/jobs", json=both)
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"] == "too many jobs are waiting; wait, or cancel some"
        assert client.delete(f"/api/jobs/{waiting}").json()["state"] == "cancelled"  # at once
        assert client.post("/api/jobs", json=both).status_code == 202
        client.delete(f"/api/jobs/{first}")
        assert ended(client, first)["state"] == "cancelled"


def test_a_job_that_takes_too_long_fails(server_of, held):
    with server_of(job_seconds=0.05) as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        record = ended(client, client.post("/api/jobs", json=both).json()["job"])
        assert record["state"] == "failed" and "longer than 0.05 seconds" in record["error"]


def test_too_many_requests_at_once_are_503_but_health_is_told(server_of, monkeypatch):
    with server_of(requests=1) as client:
        entered, free = threading.Event(), threading.Event()

        def slow(*_):
            entered.set()
            free.wait(30)
            return []

        monkeypatch.setattr(client.app.state.desk.shelf, "items", slow)
        thread = threading.Thread(target=client.get, args=("/api/photos",))
        thread.start()
        entered.wait(30)
        answer = client.get("/api/jobs")
        assert answer.status_code == 503 and "most at once" in answer.json()["error"]
        assert client.get("/healthz").status_code == client.get("/metrics").status_code == 200
        free.set()
        thread.join()
        assert client.get("/api/jobs").status_code == 200


def test_a_server_that_is_about_to_end_takes_no_jobs(client, both):
    client.app.state.jobs.closing = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    answer = client.post("/api/jobs", json=both)
    assert answer.status_code == 503 and "about to end" in answer.json()["error"]


def test_a_disk_that_takes_nothing_is_507_and_not_ready(client, both, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("photostyle.studio.room.write_whole", full)
    for answer in (client.post("/api/jobs", json=both), client.get("/readyz")):
        assert answer.status_code == 507 and "make room" in answer.json()["error"]
    monkeypatch.undo()
    assert client.get("/api/jobs").json() == {"jobs": []}  # what was not kept was not taken either


def test_a_fault_is_a_line(client, monkeypatch):
    monkeypatch.setattr(client.app.state, "openapi", {1, 2})
    answer = client.get("/openapi.json")
    assert answer.status_code == 500 and "did not expect" in answer.json()["error"]


def test_what_is_counted(client, both):
    client.get("/nowhere")
    ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
    client.get("/api/photos", headers={"authorization": "no"})
    text = client.get("/metrics").text
    assert 'photostyle_requests_total{method="POST",path="/api/photos",status="201"} 2' in text
    assert 'photostyle_requests_total{method="other",path="other",status="404"} 1' in text
    assert 'photostyle_requests_total{method="other",path="other",status="401"} 1' in text
    assert 'photostyle_jobs_ended_total{state="done"} 1' in text and "photostyle_photos 2" in text
    for line in text.splitlines():  # each is a comment or a name, labels and a number
        name, _, value = line.rpartition(" ")
        assert line.startswith(("# HELP photostyle_", "# TYPE photostyle_")) or float(value) >= 0 and name
    counts = [int(line.split()[1]) for line in text.splitlines() if line.startswith("photostyle_request_seconds_bucket")]
    assert counts == sorted(counts) and f"photostyle_request_seconds_count {counts[-1]}\n" in text


def test_no_token_is_shown(client, both, tmp_path):
    client.post("/api/jobs", json={**both, "options": QUICK})
    texts = [client.get(path).text for path in ("/metrics", "/openapi.json", "/api/jobs", "/api/photos")]
    texts += [path.read_bytes().decode("latin-1") for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert not any(TOKEN in text or OTHER in text for text in texts)
    assert TOKEN in json.dumps(BEARER)


def test_removed_photos_and_jobs_leave_nothing(client, both, tmp_path):
    record = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
    mask = png(sample(0)[:, :, 0] // 200)
    assert client.post(f"/api/photos/{both['content']}/mask?name=mask.png", content=mask).status_code == 200
    client.delete(f"/api/jobs/{record['job']}")
    assert client.get(f"/api/jobs/{record['job']}").status_code == 404
    assert client.get(f"/api/transforms/{record['result']['transform']}/file").status_code == 404
    for id in both.values():
        client.delete(f"/api/photos/{id}")
        assert client.get(f"/api/photos/{id}").status_code == 404
    left = {path.relative_to(tmp_path / "store").as_posix() for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert left <= {"lock", "brought.json", "ready"}


def test_each_operation_has_its_own_handler():
    """By which requests are counted."""
    from photostyle.studio.serving.operations import OPERATIONS

    assert len({each.handler for each in OPERATIONS}) == len(OPERATIONS) > 20
    assert api.order_job in {each.handler for each in OPERATIONS}
