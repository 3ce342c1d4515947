"""Decoders that a damaged file may send round for ever, or kill, run in a process of their own, which may be ended.

Which formats need that was found by scripts/fuzz_codecs.py: camera raw files alone. The process costs a fraction of a
second, where developing a raw file takes several.
"""

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from photostyle.photo.decoded import Decoded
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster

Decoder = Callable[[PhotoFile, Limits], Decoded]
_MAIN = "from photostyle.photo.codecs.apart import main; main()"
_FEWEST_SECONDS = 4  # of computing, for a file of no size
_SECONDS_PER_BYTE = 4e-6  # ten times what raw files of a phone and of a studio's camera take
_WAITING = 20  # by how much the clock may go faster than the process, on a machine that is busy


def decoded_apart(decoder: Decoder, file: PhotoFile, limits: Limits) -> Decoded:
    """What a decoder makes of a file, in a process of its own.

    Args:
        decoder: a function of a module.
        file, limits: its arguments.

    Raises:
        ValueError: the process died, or found no end.
        Exception: whatever the decoder raised.
    """
    seconds = _FEWEST_SECONDS + int(_SECONDS_PER_BYTE * file.file_bytes)
    command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {_MAIN}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watch = threading.Timer(seconds * _WAITING, process.kill)
    watch.start()
    try:
        answer = _answer(process, (seconds, decoder, file, limits))
    finally:
        watch.cancel()
        process.kill()
        process.wait()
    if answer is None:
        raise ValueError(f"its decoder found no end in {seconds} seconds, or broke down")
    decoded, codes, error = answer
    if error is not None:
        raise error
    result: Decoded = replace(decoded, raster=Raster.from_array(codes))
    return result


def _answer(process: "subprocess.Popen[bytes]", task: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What the process writes for a task; None where it ends before."""
    if process.stdin is None or process.stdout is None:
        return None
    with process.stdin, process.stdout:
        try:
            pickle.dump(task, process.stdin)
            process.stdin.flush()
            answer: tuple[Any, ...] = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
    return answer


def main() -> None:
    """The process: read a task from the standard input, write what came of it to the standard output."""
    seconds, decoder, file, limits = pickle.load(sys.stdin.buffer)
    _limit_seconds(seconds)
    answer: tuple[Any, ...]
    try:
        decoded: Decoded = decoder(file, limits)
        codes = decoded.raster.whole()
        empty = Raster(decoded.raster.height, decoded.raster.width, decoded.raster.channels, codes.dtype, _no_rows)
        answer = (replace(decoded, raster=empty), codes, None)
    except Exception as error:  # a decoder may raise anything on a damaged file; the other process raises it again
        answer = (None, None, _portable(error))
    pickle.dump(answer, sys.stdout.buffer, protocol=5)


def _no_rows(top: int, bottom: int) -> Any:
    raise NotImplementedError


def _portable(error: Exception) -> Exception:
    """An exception that another process can make again."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return ValueError(f"{type(error).__name__}: {error}")
    return error


def _limit_seconds(seconds: int) -> None:
    """Have the system end this process after that much computing, where it can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
