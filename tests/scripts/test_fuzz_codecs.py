"""The fuzzer itself: a few mutated files of each format, the same at each run; a crash, a hang and a traceback are seen."""

import importlib
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def fuzz_codecs(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("fuzz_codecs")


def formats() -> list[str]:
    from photostyle.photo.reading import _DECODERS

    return list(_DECODERS)


def seeds(format):
    return importlib.import_module("fuzz_seeds").SEEDS[format]()


@pytest.mark.parametrize("format", formats())
def test_no_mutated_file_does_harm(fuzz_codecs, format):
    if format == "heic":
        pytest.importorskip("pillow_heif")
    if format == "raw":
        pytest.importorskip("rawpy")
    files = fuzz_codecs.Files(format, 40, tuple(seeds(format)))
    assert list(files.contents(0)) == list(files.contents(0))
    for number, content in files.contents(0):
        assert fuzz_codecs.outcome_of(content) in ("read", "refused"), number


@pytest.mark.parametrize("format", formats())
def test_seeds_are_sound(fuzz_codecs, format):
    if format == "heic":
        pytest.importorskip("pillow_heif")
    if format == "raw":
        pytest.importorskip("rawpy")
    outcomes = [fuzz_codecs.outcome_of(seed) for seed in seeds(format)]
    assert outcomes and set(outcomes) == {"read"}


HARMFUL = """
import os, time

class Files:
    def contents(self, start):
        for number in range(start, 5):
            yield number, Harm(number)

class Harm:
    def __init__(self, number):
        self.number = number

    def read(self, size=-1):
        if self.number == 1:
            os.abort()
        if self.number == 2:
            raise KeyError("no photo")
        if self.number == 3:
            time.sleep(60)
        return b"no photo"
"""


def test_crash_hang_and_traceback_are_seen(fuzz_codecs, tmp_path, monkeypatch):
    (tmp_path / "harmful_files.py").write_text(HARMFUL)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = fuzz_codecs.fuzz(importlib.import_module("harmful_files").Files(), seconds=1.0)
    assert set(found.crashes) == {1} and set(found.tracebacks) == {2} and set(found.hangs) == {3}
    assert found.refused == 2 and found.read == 0
