"""`photostyle doctor`: its findings, and what it says and returns when something is broken."""

import json
import os

import pytest

from photostyle import models
from photostyle.cli import doctor, doctor_checks
from photostyle.environment import VARIABLES
from photostyle.models import presence


def test_all_that_is_needed_is_here(call, monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PHOTOSTYLE_CACHE", raising=False)
    code, out, _ = call("doctor", "--json")
    record = json.loads(out)
    found = {(finding["topic"], finding["name"]): finding for finding in record["findings"]}
    assert code == 0 and record["ok"]
    for key in (("versions", "torch"), ("devices", "cpu"), ("formats", "JPEG XL"), ("models", "compact"), ("room", "memory")):
        assert found[key]["state"] in ("ok", "missing"), found[key]
    assert found["caches", "models"]["facts"] == {"path": str(tmp_path / "home" / "models"), "bytes": 0, "files": 0}
    assert all(finding["state"] == "ok" or finding["advice"] for finding in record["findings"])
    assert [name for topic, name in found if topic == "models"] == list(models.MODELS)
    assert found["environment", "PHOTOSTYLE_HOME"]["says"] == str(tmp_path / "home")
    assert found["environment", "PHOTOSTYLE_CACHE"]["says"] == "not set: as PHOTOSTYLE_HOME says"
    assert [name for topic, name in found if topic == "environment"] == [variable.name for variable in VARIABLES]
    assert not (tmp_path / "home").exists(), "looking makes nothing"


def test_what_is_broken_is_said_and_is_code_1(call, monkeypatch):
    def falls():
        raise RuntimeError("no driver\nand more")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (falls, lambda: iter([doctor_checks.version_of("no-such-package", None)])))
    code, out, _ = call("doctor")
    assert code == 1 and "RuntimeError: no driver;" in out and "and more" not in out
    assert "run: pip install no-such-package" in out and "2 broken" in out


def test_an_extra_is_not_needed():
    assert doctor_checks.version_of("no-such-package", "heif").state == "missing"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    tmp_path.chmod(0o500)
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    assert {finding.state for finding in doctor_checks.caches()} == {"missing"}


@pytest.mark.parametrize(("name", "state"), [("compact", "broken"), ("scene", "missing")])
def test_weights_that_ship_and_are_missing(monkeypatch, name, state):
    monkeypatch.setattr(presence, "locate", lambda asked: None)
    found = {finding.name: finding for finding in doctor_checks.models()}
    assert found[name].state == state and "install photostyle again" in found[name].advice
    assert found["vgg19"].state == "missing" and found["vgg19"].advice.endswith("photostyle models pull vgg19")


def test_weights_that_ship_and_are_damaged(monkeypatch, tmp_path):
    damaged = tmp_path / "compact.safetensors"
    damaged.write_bytes(b"damaged")
    monkeypatch.setattr(presence, "locate", lambda asked: damaged if asked == "compact" else None)
    found = {finding.name: finding for finding in doctor_checks.models()}
    assert found["compact"].state == "broken" and "should have SHA-256 2aedc5b94e3f8eaf" in found["compact"].says


def test_the_list_of_models_says_the_same(call, monkeypatch, tmp_path):
    damaged = tmp_path / "weights"
    damaged.write_bytes(b"damaged")
    monkeypatch.setattr(presence, "locate", lambda asked: damaged if asked in ("compact", "vgg19", "ade20k-b0") else None)
    found = {finding.name: finding for finding in doctor_checks.models()}
    code, out, _ = call("models", "list")
    assert code == 0 and "not here; install photostyle again" in out
    for name in ("compact", "vgg19", "ade20k-b0"):
        assert found[name].state != "ok" and f"{found[name].says}; {found[name].advice}" in out
    assert "should have 574673361 bytes, has 7" in out


def test_what_commercial_work_may_not_use_is_said(call):
    (finding,) = doctor_checks.licences()
    assert "not for commercial use: scene, ade20k-b0," in finding.says and "compact" not in finding.facts["not_commercial"]
