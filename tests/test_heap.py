"""Asking the C library for memory back works on every system, and changes nothing else."""

import gc
import sys

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
