"""Asking the C library for memory back works on every system, and changes nothing else."""

import sys

from photostyle import memory


def test_memory_is_given_back_where_there_is_a_call_for_it(monkeypatch):
    memory.give_back()
    memory.keep_one_heap()
    memory._call.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory._call("malloc_trim") is None
    memory.give_back()
    memory.keep_one_heap()
    memory._call.cache_clear()
