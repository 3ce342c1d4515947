"""`photostyle doctor`: what of photostyle works on this machine, and what to do about the rest."""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

SIDE = 24  # pixels, of the picture that is written and read in every format
LOW_MEMORY, LOW_DISK = 2 << 30, 1 << 30  # bytes; below these a large photo is in danger
DEVELOPERS = ("bench", "dev")  # extras that no user needs


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Args:
        topic: what it belongs to.
        name: of the thing.
        state: ok; missing: something is lost but photostyle runs; broken: photostyle needs this.
        says: its version, size or place.
        advice: what to do, unless ok.
        facts: the same as plain data, for `--json`.
    """

    topic: str
    name: str
    state: Literal["ok", "missing", "broken"]
    says: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON on stdout.")] = False,
) -> None:
    """Say what works here: versions, devices, photo formats, models, caches, memory; exit code 1 if something is broken."""
    findings = [finding for look in LOOKS for finding in _safely(look)]
    broken = any(finding.state == "broken" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": not broken, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _print(findings)
    if broken:
        raise typer.Exit(1)


def versions() -> Iterator[Finding]:
    """Python, photostyle, and all that its package says it requires."""
    yield Finding("versions", "python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}")
    try:
        requirements = importlib.metadata.requires("photostyle") or []
        yield Finding("versions", "photostyle", "ok", importlib.metadata.version("photostyle"))
    except importlib.metadata.PackageNotFoundError:
        yield Finding("versions", "photostyle", "broken", "not installed", "run: pip install photostyle")
        return
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement)[0]
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", requirement)
        if extra is None or extra[1] not in DEVELOPERS:
            yield _version(name, extra and extra[1])


def _version(name: str, extra: str | None) -> Finding:
    try:
        return Finding("versions", name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        if extra:
            return Finding("versions", name, "missing", "not installed", f"if wanted, run: pip install 'photostyle[{extra}]'")
        return Finding("versions", name, "broken", "not installed", f"run: pip install {name}")


def devices() -> Iterator[Finding]:
    """What can compute, and whether it multiplies bfloat16 numbers in hardware."""
    import torch

    from photostyle.encoders import computes_bfloat16

    def found(name: str, says: str, **facts: Any) -> Finding:
        fast = name != "mps" and computes_bfloat16(name)
        return Finding("devices", name, "ok", f"{says}, {'with' if fast else 'no'} bfloat16", facts={"bfloat16": fast, **facts})

    threads = torch.get_num_threads()
    yield found("cpu", f"{threads} thread{'s' * (threads != 1)}, {os.cpu_count()} cores", threads=threads)
    for number in range(torch.cuda.device_count()):
        with torch.cuda.device(number):
            free, total = torch.cuda.mem_get_info()
        says = f"{torch.cuda.get_device_name(number)}, {_size(free)} of {_size(total)} free"
        yield found(f"cuda:{number}", says, free=free, total=total)
    if torch.backends.mps.is_available():
        yield found("mps", f"Apple GPU, {_size(torch.mps.recommended_max_memory())}")
    elif not torch.cuda.device_count():
        yield Finding("devices", "gpu", "missing", "none found", "photostyle runs on the CPU; nothing needs doing")


def formats() -> Iterator[Finding]:
    """Each format, by writing a small picture in it and reading that again."""
    import numpy as np

    from photostyle.errors import PhotostyleError
    from photostyle.photo import Photo, read_photo, write_photo
    from photostyle.photo.codecs import raw
    from photostyle.photo.formats import WRITABLE

    photo = Photo.from_array(np.linspace(0, 1, SIDE * SIDE * 3, dtype=np.float32).reshape(SIDE, SIDE, 3))
    with tempfile.TemporaryDirectory() as folder:
        for name, format in WRITABLE.items():
            path = Path(folder, f"doctor{format.suffixes[0]}")
            depths = ", ".join(f"{depth} bits" if depth != "float" else "floats" for depth in format.depths)
            try:
                write_photo(photo, path)
                whole = read_photo(path).size == photo.size
                said = "" if whole else "a photo written did not come back"
            except PhotostyleError as error:
                said = str(error).removeprefix(f"{path}: ")
            if not said:
                yield Finding("formats", format.name, "ok", f"read and write, {depths}")
            elif name == "heic":
                yield Finding("formats", format.name, "missing", "neither read nor written", said)
            else:
                yield Finding("formats", format.name, "broken", said, "run: pip install --force-reinstall pillow imagecodecs")
    try:
        raw.library()
        yield Finding("formats", "camera raw", "ok", "read")
    except ValueError as error:
        yield Finding("formats", "camera raw", "missing", "not read", str(error))


def models() -> Iterator[Finding]:
    """The networks' weights on this machine; the compact encoder is the one that must be there."""
    from photostyle.models import MODELS, locate
    from photostyle.regions.segment.scene import WEIGHTS

    scene = WEIGHTS if WEIGHTS.is_file() else None
    places = {"scene": scene, **{name: locate(name) for name in MODELS}}
    for name, path in places.items():
        if path is not None:
            size = path.stat().st_size
            yield Finding("models", name, "ok", f"{_size(size)}  {path}", facts={"path": str(path), "bytes": size})
        elif name == "compact":
            yield Finding("models", name, "broken", "its weights are missing", "install photostyle again")
        elif name == "scene":
            advice = "regions need masks or another segmenter; a newer photostyle may ship it"
            yield Finding("models", name, "missing", "no weights", advice)
        else:
            yield Finding("models", name, "missing", "not here", f"if wanted, run: photostyle models pull {name}")


def caches() -> Iterator[Finding]:
    """Where photostyle keeps things, how much lies there, and whether it can be written."""
    from photostyle.models import model_folder
    from photostyle.regions.segment.cache import cache_folder

    for name, folder in (("segmentations", cache_folder()), ("models", model_folder())):
        files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
        total = sum(path.stat().st_size for path in files)
        facts = {"path": str(folder), "bytes": total, "files": len(files)}
        above = _existing(folder)
        if above.is_dir() and os.access(above, os.W_OK):
            yield Finding("caches", name, "ok", f"{_size(total)} in {len(files)} files  {folder}", facts=facts)
        else:
            advice = "make it writable, or set PHOTOSTYLE_HOME to a folder that is"
            yield Finding("caches", name, "missing", f"{folder} cannot be written", advice, facts)


def room() -> Iterator[Finding]:
    """Free memory and free disk, where the caches lie and here."""
    from photostyle.machine import available_bytes
    from photostyle.models import model_folder

    free = available_bytes()
    if free is not None:
        yield _room("memory", free, LOW_MEMORY, "", "close other programs, or solve at a smaller --size")
    for name, folder in (("disk here", Path.cwd()), ("disk of caches", _existing(model_folder()))):
        yield _room(name, shutil.disk_usage(folder).free, LOW_DISK, f"  {folder}", "free some space")


def _room(name: str, free: int, low: int, where: str, advice: str) -> Finding:
    state, facts = ("missing" if free < low else "ok"), {"bytes": free}
    return Finding("room", name, state, f"{_size(free)} free{where}", advice if free < low else "", facts)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (versions, devices, formats, models, caches, room)


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of one look; whatever it raises is a finding too, for this command is run where things are broken."""
    try:
        yield from look()
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        yield Finding(look.__name__, "check", "broken", f"{type(error).__name__}: {first}", "install photostyle again")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _size(count: float) -> str:
    """
    >>> _size(1536), _size(3 << 30)
    ('1.5 kB', '3.0 GB')
    """
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1024 or unit == "TB":
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def _print(findings: list[Finding]) -> None:
    wide = max(len(finding.name) for finding in findings)
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            sys.stdout.write(f"{topic}\n")
        advice = f"; {finding.advice}" if finding.advice else ""
        sys.stdout.write(f"  {finding.state:<7}  {finding.name:<{wide}}  {finding.says}{advice}\n")
    count = {state: sum(finding.state == state for finding in findings) for state in ("missing", "broken")}
    if count["broken"]:
        sys.stdout.write(f"{count['broken']} broken: photostyle will not work before that is mended\n")
    else:
        sys.stdout.write(f"photostyle works here; {count['missing']} things that it can do without are missing\n")
