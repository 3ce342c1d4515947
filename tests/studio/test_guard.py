"""What strangers try: other pages, rebound names, no token, paths, too much."""

import io
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from photostyle.studio import project_file
from photostyle.studio.app import make_app
from photostyle.studio.guard import is_loopback
from photostyle.studio.room import Room
from tests.studio.conftest import ADDRESS, PORT, mask, png, sample


@pytest.mark.parametrize("host", ["evil.example:8321", "127.0.0.1", "127.0.0.1:80", "192.168.0.7:8321", "", "[::1]8321"])
def test_another_host_is_refused(client, host):
    answer = client.get("/api/photos", headers={"host": host})
    assert answer.status_code == 403
    assert "not the studio's" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost:8321", "[::1]:8321"])
def test_own_hosts_are_served(client, host):
    assert client.get("/api/photos", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8321", "http://127.0.0.1:9999"])
def test_another_origin_is_refused(client, origin):
    assert client.get("/api/photos", headers={"origin": origin}).status_code == 403
    assert client.post("/api/solve", json={}, headers={"origin": origin}).status_code == 403


def test_own_origin_is_served(client):
    assert client.get("/api/photos", headers={"origin": ADDRESS}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/photos", "/api/jobs/1/events", "/nowhere"])
@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_missing_or_wrong_token_is_refused(client, path, token):
    del client.headers["x-photostyle-token"]
    headers = {} if token is None else {"x-photostyle-token": token}
    answer = client.get(path, headers=headers)
    assert answer.status_code == 403
    assert "the address that photostyle studio printed" in answer.text


def test_the_token_may_be_in_the_address(client):
    del client.headers["x-photostyle-token"]
    assert client.get("/?token=secret").status_code == 200
    assert client.get("/?token=secret&token=secret").status_code == 403


def test_a_name_is_served_where_it_was_given(folder, studio_session):
    app = make_app(folder, host="studio.lan", port=PORT, token="secret", session=studio_session)
    client = TestClient(app, base_url=f"http://studio.lan:{PORT}", headers={"x-photostyle-token": "secret"})
    assert client.get("/api/photos").status_code == 200
    assert client.get("/api/photos", headers={"host": f"192.168.0.7:{PORT}"}).status_code == 200
    assert client.get("/api/photos", headers={"host": f"evil.example:{PORT}"}).status_code == 403


def test_answers_forbid_framing_and_other_hosts(client):
    headers = client.get("/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "id", ["..%2fsecret.png", "%2e%2e%2fsecret.png", "../secret.png", "day.png", "%2fetc%2fpasswd", "..%5csecret.png", "%00"]
)
def test_no_path_of_a_request_is_opened(client, id):
    for path in (f"/api/photos/{id}", f"/api/photos/{id}/view", f"/static/{id}", f"/static/../{id}"):
        assert client.get(path).status_code == 404


def test_links_out_of_the_folder_are_not_followed(client, ids):
    assert set(ids) == {"day.png", "dusk.png"}


def test_a_photo_that_becomes_a_link_out_of_the_folder_is_not_opened(client, ids, folder):
    address = f"/api/photos/{ids['day.png']}"
    assert client.get(address).status_code == 200
    (folder / "day.png").unlink()
    assert client.get(address).status_code == 404
    (folder / "day.png").symlink_to(folder.parent / "secret.png")
    for path in (address, f"{address}/view", f"{address}/view?side=160", f"{address}/regions"):
        assert client.get(path).status_code == 404


def test_a_photo_of_too_many_bytes_is_refused(client):
    answer = client.post("/api/photos?name=a.png", content=bytes((1 << 20) + 1))
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


def test_a_body_without_a_length_is_bounded_too(client):
    parts = (bytes(1 << 18) for _ in range(8))
    assert client.post("/api/photos?name=a.png", content=parts).status_code == 413


def test_a_photo_that_claims_too_many_pixels_is_refused(client):
    answer = client.post("/api/photos?name=bomb.png", content=_bomb(20000, 20000))
    assert answer.status_code == 422
    assert "limit" in answer.json()["error"]
    assert "bomb.png" in answer.json()["error"]


def test_a_mask_that_claims_too_many_pixels_is_refused(client, ids):
    import base64

    record = mask(np.zeros((64, 96), np.uint8), "sky") | {"png": base64.b64encode(_bomb(20000, 20000, grey=True)).decode()}
    answer = client.put(f"/api/photos/{ids['day.png']}/mask", json=record)
    assert answer.status_code == 422
    assert "1024" in answer.json()["error"]


@pytest.mark.parametrize("name, data", [("bomb.tif", "_tiff"), ("bomb.gif", "_gif"), ("bomb.bmp", "_bmp")])
def test_other_files_that_claim_too_many_pixels_are_refused(client, ids, name, data):
    data = globals()[data](30000, 30000)
    answer = client.post("/api/photos", params={"name": name}, content=data)
    assert answer.status_code == 422
    assert name in answer.json()["error"]
    answer = client.post(f"/api/photos/{ids['day.png']}/mask", params={"name": name}, content=data)
    assert answer.status_code == 422
    assert name in answer.json()["error"]


def test_a_mask_array_that_claims_too_much_is_refused(client, ids):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000, 64), }"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    answer = client.post(f"/api/photos/{ids['day.png']}/mask?name=bomb.npy", content=data)
    assert answer.status_code == 422
    assert "bomb.npy" in answer.json()["error"]


def test_a_mask_of_runs_that_claims_too_much_is_refused(client, ids):
    runs = {"size": [1_000_000, 1_000_000], "counts": [0, 10**12]}
    shape = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 1, "segmentation": runs}
    image = {"id": 1, "file_name": "day.png", "width": 1_000_000, "height": 1_000_000}
    record = {"images": [image], "categories": [{"id": 1, "name": "sky"}], "annotations": [shape]}
    answer = client.post(f"/api/photos/{ids['day.png']}/mask?name=coco.json", json=record)
    assert answer.status_code == 422
    assert "coco.json" in answer.json()["error"]


@pytest.mark.parametrize("declared", ['<!ENTITY a "aaaaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">'])
def test_a_mask_may_declare_no_entities(client, ids, declared):
    """What grows without end, or reads other files, where an XML parser lets it."""
    data = f'<!DOCTYPE a [{declared}]><annotations><image name="day.png" width="96" height="64">&a;</image></annotations>'
    answer = client.post(f"/api/photos/{ids['day.png']}/mask?name=cvat.xml", content=data)
    assert answer.status_code == 422
    assert "document type" in answer.json()["error"]


def test_what_nobody_expected_is_a_line(client_of, folder, monkeypatch):
    """A fault of the studio's own is told as one line, and the page lives on."""

    def fails(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("photostyle.studio.api_photos._described", fails)
    with client_of(room=None) as client:
        client._transport.raise_server_exceptions = False  # as a server does
        id = client.get("/api/photos").json()["photos"][0]["id"]
        answer = client.get(f"/api/photos/{id}")
        assert answer.status_code == 500
        assert answer.json()["error"] == "something went wrong that photostyle did not expect: ZeroDivisionError('oh')"


def test_a_project_is_bounded_before_it_is_unpacked(client, monkeypatch):
    assert client.post("/api/project?name=a", content=bytes((1 << 20) + 1)).status_code == 413
    monkeypatch.setattr(project_file, "MOST_BYTES", 1 << 24)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", bytes(1 << 25))  # zeros, which take little room packed
    monkeypatch.setattr(project_file, "_read", None)  # nothing is unpacked
    answer = client.post("/api/project?name=a", content=stream.getvalue())
    assert answer.status_code == 422
    assert "too much" in answer.json()["error"]


def test_choices_are_bounded(client, ids):
    record = {"content": ids["day.png"], "style": ids["dusk.png"], "choices": {"saving": {"x": "y" * (1 << 18)}}}
    assert client.put("/api/work", json=record).status_code == 413


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/works"),
        ("DELETE", "/api/works"),
        ("GET", "/api/work"),
        ("PUT", "/api/work"),
        ("GET", "/api/project"),
        ("POST", "/api/project"),
        ("GET", "/api/methods"),
        ("GET", "/api/batch"),
        ("POST", "/api/batch"),
    ],
)
def test_strangers_reach_nothing_that_is_kept(client, method, path):
    for headers in ({"host": "evil.example:8321"}, {"origin": "http://evil.example"}, {"x-photostyle-token": "wrong"}):
        assert client.request(method, path, headers=headers).status_code == 403


def test_the_token_is_for_this_user_alone(tmp_path):
    room = Room(tmp_path / "room")
    token = room.token()
    assert len(token) >= 32
    assert (tmp_path / "room" / "token").stat().st_mode & 0o077 == 0
    room.close()
    assert Room(tmp_path / "room").token() == token
    assert Room().token() != token


def test_photos_that_are_brought_are_counted(client):
    for _ in range(3):
        assert client.post("/api/photos?name=a.png", content=png(sample(0))).status_code == 201
    assert client.post("/api/photos?name=a.png", content=png(sample(0))).status_code == 413


def test_names_of_brought_photos_are_only_shown(client):
    answer = client.post("/api/photos?name=..%2F..%2Fetc%2Fcron.d%2Fa.png", content=png(sample(0)))
    assert answer.json()["name"] == "a.png"


@pytest.mark.parametrize("options", [{"segmenter": "os:system"}, {"weights": "/etc/passwd"}, {"device": "cuda"}, {"strength": 2}])
def test_a_page_may_not_set_other_options(client, ids, options):
    record = {"content": ids["day.png"], "style": ids["dusk.png"], "options": options}
    answer = client.post("/api/solve", json=record)
    assert answer.status_code == 422
    assert "the studio takes the options" in answer.json()["error"]


def test_loopback():
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("studio.lan")


def _bomb(width: int, height: int, grey: bool = False) -> bytes:
    """A PNG whose header claims a size that its data do not have."""
    file = io.BytesIO()
    Image.new("L" if grey else "RGB", (16, 16)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def _tiff(width: int, height: int) -> bytes:
    """A TIFF whose header claims a size that its data do not have."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "TIFF")
    data = bytearray(file.getvalue())
    at = int.from_bytes(data[4:8], "little")
    for entry in range(int.from_bytes(data[at : at + 2], "little")):
        place = at + 2 + 12 * entry
        tag = int.from_bytes(data[place : place + 2], "little")
        if tag in (256, 257):
            data[place + 2 : place + 12] = b"\x04\x00\x01\x00\x00\x00" + (width if tag == 256 else height).to_bytes(4, "little")
    return bytes(data)


def _gif(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("P", (16, 16)).save(file, "GIF")
    data = bytearray(file.getvalue())
    data[6:10] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(data)


def _bmp(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "BMP")
    data = bytearray(file.getvalue())
    data[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    return bytes(data)
