"""Asking the C library for memory back works on every system, and changes nothing else."""

import gc
import sys

import pytest

from photostyle import heap


def test_memory_is_given_back_where_there_is_a_call_for_it(monkeypatch):
    heap.return_free_memory()
    heap.share_one_heap()
    heap._glibc_function.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert heap._glibc_function("malloc_trim") is None
    heap.return_free_memory()
    heap.share_one_heap()
    heap._glibc_function.cache_clear()


def test_large_blocks_are_kept_until_the_last_part_that_wants_it_ends(monkeypatch):
    told = []
    monkeypatch.setattr(heap, "_glibc_function", lambda name: lambda *values: told.append((name, *values)))
    with pytest.raises(ValueError), heap.large_blocks_kept():
        begun = list(told)
        with heap.large_blocks_kept():
            assert told == begun
        assert told == begun
        raise ValueError
    assert begun == [("mallopt", -3, 2**31 - 1), ("mallopt", -1, 2**31 - 1)]
    assert told[2:] == [("mallopt", -3, 32 << 20), ("mallopt", -1, 64 << 20), ("malloc_trim", 0)]


def test_large_blocks_are_a_matter_of_glibc_alone(monkeypatch):
    monkeypatch.setattr(heap, "_glibc_function", lambda name: None)
    with heap.large_blocks_kept():
        pass


def test_loading_leaves_the_collector_as_it_was_and_its_objects_out_of_the_search():
    before = gc.get_freeze_count()
    try:
        with heap.while_loading():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
        gc.disable()
        with heap.while_loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
