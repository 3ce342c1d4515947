"""Photos that appear while a run watches: which of them have been written to the end, and are not made yet."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

LOOK = 2.0  # seconds between looks
STILL = 2.0  # seconds for which a file must not have changed, by its own date or by two looks


@dataclass(frozen=True)
class _State:
    """What a file looks like from outside: its size in bytes and its date in nanoseconds."""

    size: int
    date: int


@dataclass
class Arrivals:
    """What has been seen of files, and what was handed out of them already.

    Args:
        seen: path -> what it looked like, and since when (in seconds of the caller's clock) it has looked so.
        handed: path -> what it looked like when it was handed out.
        has_looked: whether there was a look before: a copy in work may have the old date of its source.
    """

    seen: dict[str, tuple[_State, float]] = field(default_factory=dict)
    handed: dict[str, _State] = field(default_factory=dict)
    has_looked: bool = False

    def look(self, paths: Iterable[str], now: float) -> frozenset[str]:
        """The files that have not changed for `STILL` seconds, are not empty, and were not handed out as they are now.

        Args:
            paths: all files that are there now; what is gone is forgotten.
            now: seconds since 1970, as `time.time` gives them.
        """
        before = self.seen
        self.seen = {}
        ready = set()
        for path in paths:
            state = _state(path)
            if state is None:
                continue
            last, since = before.get(path, (None, now))
            if last != state:
                since = now
            self.seen[path] = (state, since)
            was_old = not self.has_looked and 1e9 * (now - STILL) > state.date
            is_still = was_old or now - since >= STILL
            if is_still and state.size and self.handed.get(path) != state:
                ready.add(path)
        self.has_looked = True
        return frozenset(ready)

    def hand_out(self, paths: Iterable[str]) -> None:
        """Note that work begins on files, so that they are not ready again until they change."""
        for path in paths:
            self.handed[path] = self.seen[path][0]


def _state(path: str) -> _State | None:
    """What a file looks like; None where it is gone."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return _State(found.st_size, found.st_mtime_ns)
