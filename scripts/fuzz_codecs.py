"""Read mutated files of every format, and show that none takes photostyle down.

    python scripts/fuzz_codecs.py --count 20000 --out fuzzed
    python scripts/fuzz_codecs.py --folder odd-files

Files are read in a worker process, one after another. A worker that dies is a crash, one that is silent for long is a
hang, and an exception that is no PhotostyleError is one that a user would see as a traceback. Such files are kept.
"""

import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import typer
from fuzz_mutations import mutated
from fuzz_seeds import SEEDS

from photostyle.errors import PhotostyleError
from photostyle.photo import read_photo

_HANG_SECONDS = 5.0
_START_SECONDS = 60.0
_MOST_PIXELS = 50_000_000
_MEMORY = 6 << 30  # bytes of address space that a worker may ask for


@dataclass
class Files:
    """Files by number.

    Args:
        format: of the files; or, with a folder, its name.
        count: how many files there are.
        seeds: sound files, which are mutated.
        seed: of the mutations.
        folder: whose files are read instead, as they are.
    """

    format: str
    count: int
    seeds: tuple[bytes, ...] = ()
    seed: int = 0
    folder: Path | None = None

    def contents(self, start: int) -> Iterator[tuple[int, bytes | Path]]:
        """Number and content of each file from `start` on."""
        if self.folder is not None:
            for number, path in enumerate(files_in(self.folder)):
                if number >= start:
                    yield number, path
            return
        for number in range(start, self.count):
            yield number, mutated(self.seeds, number, self.seed)

    def content(self, number: int) -> bytes | Path:
        """The file of a number."""
        for _, content in self.contents(number):
            return content
        raise IndexError(number)


@dataclass
class Found:
    """What came of reading a format's files.

    Args:
        read, refused: how many were read, and how many refused in one line.
        crashes, hangs, tracebacks: numbers of files, with what was seen.
        peak: MB that the worker held at most.
        slowest: seconds that one file took at most.
    """

    read: int = 0
    refused: int = 0
    crashes: dict[int, str] = field(default_factory=dict)
    hangs: dict[int, str] = field(default_factory=dict)
    tracebacks: dict[int, str] = field(default_factory=dict)
    peak: float = 0.0
    slowest: float = 0.0

    @property
    def bad(self) -> dict[int, str]:
        """All that should not have happened."""
        return self.crashes | self.hangs | self.tracebacks

    def line(self, name: str) -> str:
        """A row of the table."""
        counts = (self.read, self.refused, len(self.crashes), len(self.hangs), len(self.tracebacks))
        return f"{name:9}" + "".join(f"{count:9}" for count in counts) + f"{self.peak:9.0f}{self.slowest:9.2f}"


def files_in(folder: Path) -> list[Path]:
    """All files of a folder and its folders, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def outcome_of(content: bytes | Path) -> str:
    """ "read", "refused", or the exception that a user would see as a traceback."""
    try:
        read_photo(content, max_pixels=_MOST_PIXELS)
    except PhotostyleError:
        return "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:200]
    return "read"


def _work(files: Files, start: int, pipe: Connection) -> None:
    """Read files and tell of each: its number before it is read, the outcome, the memory and the seconds after."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, content in files.contents(start):
        pipe.send((number, None, 0.0, 0.0))
        began = time.perf_counter()
        outcome = outcome_of(content)
        took = time.perf_counter() - began
        pipe.send((number, outcome, _peak_megabytes(), took))
    pipe.send((-1, None, 0.0, 0.0))


def _peak_megabytes() -> float:
    """The most memory that this process has held; by the kernel's own count, as getrusage has its parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(files: Files, seconds: float = _HANG_SECONDS) -> Found:
    """Read all files in workers, each of which lives until it dies.

    Args:
        files: what to read.
        seconds: silence that counts as a hang.
    """
    found = Found()
    start: int | None = 0
    while start is not None:
        start = _run_worker(files, start, found, seconds)
    return found


def _run_worker(files: Files, start: int, found: Found, seconds: float) -> int | None:
    """Run one worker from `start` on; where the next one has to start, or None where all is done."""
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    worker = context.Process(target=_work, args=(files, start, its), daemon=True)
    worker.start()
    its.close()
    current = -1
    patience = _START_SECONDS
    try:
        while True:
            if not ours.poll(patience):
                worker.kill()
                found.hangs[current] = f"over {patience:g} s"
                return current + 1
            number, outcome, peak, took = ours.recv()
            if number < 0:
                return None
            patience = seconds
            current = number
            if outcome is not None:
                _count(found, number, outcome)
                found.peak = max(found.peak, peak)
                found.slowest = max(found.slowest, took)
    except EOFError:
        worker.join()
        if current < 0:
            raise RuntimeError("a worker died before it had read a file") from None
        found.crashes[current] = f"exit code {worker.exitcode}"
        return current + 1
    finally:
        ours.close()
        worker.join()


def _count(found: Found, number: int, outcome: str) -> None:
    if outcome == "read":
        found.read += 1
    elif outcome == "refused":
        found.refused += 1
    else:
        found.tracebacks[number] = outcome


def _keep(files: Files, found: Found, out: Path) -> None:
    """Write the files that did harm, and say what each did."""
    for number, seen in found.bad.items():
        content = files.content(number)
        if isinstance(content, Path):
            typer.echo(f"  {content}: {seen}")
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{files.format}-{files.seed}-{number}"
        path.write_bytes(content)
        typer.echo(f"  {path}: {seen}")


def main(
    formats: Annotated[list[str] | None, typer.Argument(help="Which formats; all unless named.")] = None,
    count: Annotated[int, typer.Option(help="Mutated files of each format.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another one gives other files.")] = 0,
    folder: Annotated[Path | None, typer.Option(help="Read the files of this folder instead, as they are.")] = None,
    out: Annotated[Path, typer.Option(help="Where files that did harm are kept.")] = Path("fuzzed"),
) -> None:
    """Read mutated files of every format, and show that none takes photostyle down."""
    jobs: list[Files] = []
    if folder is None:
        jobs = [Files(name, count, tuple(SEEDS[name]()), seed) for name in formats or SEEDS]
    else:
        jobs = [Files(folder.name, len(files_in(folder)), folder=folder)]
    names = ("read", "refused", "crashes", "hangs", "traces", "MB", "slowest")
    typer.echo(f"{'format':9}" + "".join(f"{name:>9}" for name in names))
    harm = False
    for files in jobs:
        found = fuzz(files)
        typer.echo(found.line(files.format))
        _keep(files, found, out)
        harm = harm or bool(found.bad)
    raise typer.Exit(int(harm))


if __name__ == "__main__":
    typer.run(main)
