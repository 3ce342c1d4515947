"""Whether a container of photostyle is well: the studio or the server answers; what is neither is well as long as it runs."""

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

PORT = 8321
PATIENCE = 4  # seconds


def is_well(command: Sequence[str]) -> bool:
    """Whether what a container's first process runs is well.

    Args:
        command: its words.
    """
    served = {"studio": "static/style.css", "serve": "healthz"}
    page = next((served[word] for word in command if word in served), None)
    if page is None:
        return True
    port = PORT
    for word, following in zip(command, [*command[1:], ""], strict=True):
        if word == "--port" or word.startswith("--port="):
            port = int(word.partition("=")[2] or following)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=PATIENCE) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    words = Path("/proc/1/cmdline").read_bytes().decode(errors="replace").split("\0")
    sys.exit(0 if is_well(words) else 1)
