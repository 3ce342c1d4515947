"""Threads of torch's arithmetic: how they wait, how many there are, and what becomes of them in a fork.

torch runs loops on the processor with OpenMP: a team of threads that is kept from one operation to the next. In the Linux
builds that is GNU's (libgomp), in others Intel's or LLVM's. This module imports torch only inside functions, since most
of it has to happen before torch is loaded.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photostyle.errors import DeviceError
from photostyle.machine import available_cores

# GNU OpenMP takes the first two, Intel's and LLVM's the first and the last. A short spin catches the end of most loops: with none
# a run on an idle machine took a fifth longer (docs/notes/performance.md).
PASSIVE_WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "0"}
THREAD_COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")

FEW_THREADS = 4  # that a picture of any size may use
PIXELS_A_THREAD = (
    1 << 15
)  # that pay for one more; torch, too, splits no loop of fewer values (GRAIN_SIZE of ATen/TensorIterator.h)

_HARD_PAUSE = 2  # omp_pause_hard of omp.h


class _Counts:
    """Who has set `THREAD_COUNTS`."""

    by_batch = False  # and not the user


class _Fork:
    """What this process knows of the fork that it came from."""

    happened = False  # and nothing has been computed since
    lost_teams = False  # whether the parent's threads could not be ended before it


def wait_passively() -> bool:
    """Let OpenMP's threads soon sleep while they wait for each other, instead of spinning, unless the user chose otherwise.

    A thread that spins takes the time that the thread it waits for would need, where another program keeps a core busy: a
    run that takes 20 s passively took 72 s. On an idle machine waking up costs a few percent at most.

    OpenMP reads its variables once, when its library is loaded, and that is when torch is imported; what is set later has
    no effect, even before the first computation. So this sets environment variables, which processes started later
    inherit, and has to be called before torch is imported. A program that imports torch before photostyle can set
    OMP_WAIT_POLICY=PASSIVE itself. OMP_WAIT_POLICY, and each of the other variables, stays where it is set already.

    Returns:
        Whether the variables have been set here; False when torch is loaded, or when OMP_WAIT_POLICY was set before.
    """
    if "torch" in sys.modules or "OMP_WAIT_POLICY" in os.environ:
        return False
    for name, value in PASSIVE_WAITING.items():
        os.environ.setdefault(name, value)
    return True


def prepare_torch() -> None:
    """What has to be done before torch computes: to be called at the start of a session.

    Raises:
        DeviceError: in a process that was forked from one in which torch had computed, where torch cannot go on.
    """
    _check_after_fork()
    limit_torch_threads()


def limit_torch_threads() -> int:
    """Let torch use no more threads than there are cores for this process (`available_cores`).

    torch knows the cores of the machine and of the process's affinity, but not the time that a container is given. The
    number is only ever lowered, and OMP_NUM_THREADS or MKL_NUM_THREADS in the environment stands as it is.

    Returns:
        torch's threads.
    """
    import torch

    if not _chosen_by_user() and torch.get_num_threads() > available_cores():
        torch.set_num_threads(available_cores())
    return torch.get_num_threads()


def give_worker_threads(count: int) -> None:
    """Let this process, a worker of a batch, compute with so many threads; to be called before torch is loaded."""
    for name in THREAD_COUNTS:
        os.environ[name] = str(count)
    _Counts.by_batch = True


def threads_that_pay(pixels: int) -> int:
    """The most threads with which a solve on a picture of so many pixels is not slower than with fewer.

    A step of a solve is some 1,500 operations, most of them of less than a millisecond, and each waits for all threads: at the
    usual working size sixteen cores took longer than two (docs/notes/performance.md). More pay for a larger picture.

    >>> threads_that_pay(448 * 299), threads_that_pay(1024 * 683)
    (4, 21)
    """
    return max(FEW_THREADS, pixels // PIXELS_A_THREAD)


@contextmanager
def few_threads(pixels: int) -> Iterator[None]:
    """Let torch use no more threads than `threads_that_pay`, unless the user has set OMP_NUM_THREADS or MKL_NUM_THREADS."""
    import torch

    before = torch.get_num_threads()
    most = threads_that_pay(pixels)
    if before <= most or _chosen_by_user():
        yield
        return
    torch.set_num_threads(most)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: for small work while other threads of this program keep the cores busy.

    A second thread that has to wait for a core makes the first spin for it: of what frames of a clip took on two cores that an
    encoder shared with them, a sixth was such waiting.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _chosen_by_user() -> bool:
    """Whether the user has said in the environment how many threads to use."""
    return not _Counts.by_batch and any(name in os.environ for name in THREAD_COUNTS)


def end_teams_before_forks() -> None:
    """From now on, end this thread's idle OpenMP teams before the process is forked; new ones start when needed.

    A fork copies only the thread that calls it. GNU OpenMP in the child still counts on the others of its team and would
    wait for them forever. Starting a program (`subprocess`) and spawned processes are no such forks and cost nothing.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork)


def _before_fork() -> None:
    _Fork.lost_teams = False
    for library in _gnu_openmp_libraries():
        if not _end_team(library):
            _Fork.lost_teams = True


def _after_fork() -> None:
    _Fork.happened = "torch" in sys.modules


def _gnu_openmp_libraries() -> set[str]:
    """Paths of the copies of libgomp in this process; torch and the codecs bring one each."""
    try:
        maps = Path("/proc/self/maps").read_text("utf-8", "surrogateescape")
    except OSError:  # not Linux: its torch uses LLVM's OpenMP, which minds forks itself
        return set()
    libraries = set()
    for line in maps.splitlines():
        path = line[line.find("/") :]
        if "/libgomp" in path:
            libraries.add(path)
    return libraries


def _end_team(library: str) -> bool:
    """End this thread's idle team of one OpenMP library; False where that library is too old to do so."""
    try:
        pause = ctypes.CDLL(library, mode=os.RTLD_NOLOAD | os.RTLD_NOW).omp_pause_resource_all  # since GCC 9
    except (OSError, AttributeError):
        return False
    return bool(pause(_HARD_PAUSE) == 0)


def _check_after_fork() -> None:
    """In a forked process: with the parent's threads lost, use one; and make sure that gradients can be computed."""
    if not _Fork.happened:
        return
    import torch

    if _Fork.lost_teams:
        torch.set_num_threads(1)  # one thread needs no team
    try:
        one = torch.ones(1, requires_grad=True)
        torch.autograd.grad(one.sum(), one)
    except RuntimeError as error:  # torch refuses where its parent had threads for the gradients of a GPU
        raise DeviceError(
            "torch cannot compute in this process, which was forked after its parent had computed; "
            "start processes with multiprocessing's 'spawn' or 'forkserver' instead of 'fork'"
        ) from error
    _Fork.happened = False
