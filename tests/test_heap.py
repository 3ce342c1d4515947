"""Asking the C library for memory back works on every system, and changes nothing else."""

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
