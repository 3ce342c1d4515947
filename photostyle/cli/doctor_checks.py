"""What `photostyle doctor` looks at; each check yields what it found."""

import importlib.metadata
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from photostyle.models import ModelFile
    from photostyle.photo import Photo
    from photostyle.photo.formats import Format

SIDE = 24  # pixels, of the picture that is written and read in every format
LOW_MEMORY = 2 << 30  # bytes; with less, a large photo may not fit
LOW_DISK = 1 << 30  # bytes
DEVELOPERS = ("bench", "dev")  # extras that no user needs
OPTIONAL_FORMATS = ("heic",)  # read and written by an extra

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

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
    state: State
    says: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


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
        extra = _extra(requirement)
        if extra not in DEVELOPERS:
            yield version_of(re.split(r"[^\w.-]", requirement)[0], extra)


def _extra(requirement: str) -> str | None:
    """The extra that a requirement belongs to, if any.

    >>> _extra("rawpy>=0.21; extra == 'raw'"), _extra("numpy>=1.26")
    ('raw', None)
    """
    match = re.search(r"extra\s*==\s*['\"]([\w-]+)", requirement)
    if match is None:
        return None
    return match[1]


def version_of(name: str, extra: str | None) -> Finding:
    """A package that photostyle requires, always or for an extra."""
    try:
        return Finding("versions", name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        if extra is None:
            return Finding("versions", name, "broken", "not installed", f"run: pip install {name}")
        return Finding("versions", name, "missing", "not installed", f"if wanted, run: pip install 'photostyle[{extra}]'")


def devices() -> Iterator[Finding]:
    """What can compute, and whether it multiplies bfloat16 numbers in hardware."""
    import torch

    from photostyle.machine import available_cores

    threads = torch.get_num_threads()
    yield _device("cpu", f"{_counted(threads, 'thread')}, {_counted(available_cores(), 'core')}", threads=threads)
    gpus = torch.cuda.device_count()
    for number in range(gpus):
        with torch.cuda.device(number):
            free, total = torch.cuda.mem_get_info()
        says = f"{torch.cuda.get_device_name(number)}, {_size(free)} of {_size(total)} free"
        yield _device(f"cuda:{number}", says, free=free, total=total)
    if torch.backends.mps.is_available():
        yield _device("mps", f"Apple GPU, {_size(torch.mps.recommended_max_memory())}")
    elif gpus == 0:
        yield Finding("devices", "gpu", "missing", "none found", "photostyle runs on the CPU; nothing needs doing")


def _counted(count: int, what: str) -> str:
    """A number of things.

    >>> _counted(1, "thread"), _counted(2, "thread")
    ('1 thread', '2 threads')
    """
    if count == 1:
        return f"1 {what}"
    return f"{count} {what}s"


def _device(name: str, says: str, **facts: Any) -> Finding:
    from photostyle.encoders import computes_bfloat16

    has_bfloat16 = name != "mps" and computes_bfloat16(name)
    if has_bfloat16:
        says += ", with bfloat16"
    else:
        says += ", no bfloat16"
    return Finding("devices", name, "ok", says, facts={"bfloat16": has_bfloat16, **facts})


def formats() -> Iterator[Finding]:
    """Each format, by writing a small picture in it and reading that again."""
    import numpy as np

    from photostyle.photo import Photo
    from photostyle.photo.formats import WRITABLE

    photo = Photo.from_array(np.linspace(0, 1, SIDE * SIDE * 3, dtype=np.float32).reshape(SIDE, SIDE, 3))
    with tempfile.TemporaryDirectory() as folder:
        for name, format in WRITABLE.items():
            fault = _format_fault(photo, Path(folder, f"doctor{format.suffixes[0]}"))
            if not fault:
                yield Finding("formats", format.name, "ok", f"read and write, {_depths(format)}")
            elif name in OPTIONAL_FORMATS:
                yield Finding("formats", format.name, "missing", "neither read nor written", fault)
            else:
                yield Finding("formats", format.name, "broken", fault, "run: pip install --force-reinstall pillow imagecodecs")
    yield _raw_format()


def _format_fault(photo: "Photo", path: Path) -> str:
    """Why a photo that is written to a path does not come back; "" if it does."""
    from photostyle.errors import PhotostyleError
    from photostyle.photo import read_photo, write_photo

    try:
        write_photo(photo, path)
        size = read_photo(path).size
    except PhotostyleError as error:
        return str(error).removeprefix(f"{path}: ")
    if size != photo.size:
        return "a photo that was written did not come back"
    return ""


def _depths(format: "Format") -> str:
    texts = []
    for depth in format.depths:
        if depth == "float":
            texts.append("floats")
        else:
            texts.append(f"{depth} bits")
    return ", ".join(texts)


def _raw_format() -> Finding:
    from photostyle.errors import PhotostyleError
    from photostyle.photo.codecs import raw

    try:
        raw.library()
    except PhotostyleError as error:
        return Finding("formats", "camera raw", "missing", "not read", str(error))
    return Finding("formats", "camera raw", "ok", "read")


def models() -> Iterator[Finding]:
    """The networks' weights on this machine; the encoder that ships must be there."""
    from photostyle.models import MODELS

    for model in MODELS.values():
        yield _model(model)


def _model(model: "ModelFile") -> Finding:
    from photostyle.models import standing

    found = standing(model.name)
    if found.path is None:
        return _missing_model(model, found.advice)
    if found.fault is not None:
        state: State = "missing"
        if _is_needed(model):
            state = "broken"
        return Finding("models", model.name, state, f"{found.path} {found.fault}", found.advice)
    size = found.path.stat().st_size
    says = f"{_size(size)}  {found.path}"
    if not model.commercial:
        says += "  NOT for commercial use"
    facts = {"path": str(found.path), "bytes": size, "licence": model.licence, "commercial": model.commercial}
    return Finding("models", model.name, "ok", says, facts=facts)


def _is_needed(model: "ModelFile") -> bool:
    """Whether photostyle does not work without it: the encoder that ships."""
    return model.shipped and model.role == "encoder"


def _missing_model(model: "ModelFile", advice: str) -> Finding:
    if not model.shipped:
        return Finding("models", model.name, "missing", "not here", f"if wanted, run: {advice}")
    if _is_needed(model):
        return Finding("models", model.name, "broken", "its weights are missing", advice)
    return Finding("models", model.name, "missing", "its weights are missing", f"{advice}, or use another {model.role}")


def licences() -> Iterator[Finding]:
    """What of the models may not be used for commercial work, and what may be in its place."""
    from photostyle.models import MODELS

    barred = [model for model in MODELS.values() if not model.commercial]
    segmenters = [model.name for model in barred if model.role == "segmenter"]
    others = [model.name for model in barred if model.role != "segmenter"]
    says = (
        f"not for commercial use: {', '.join(segmenters)}; masks by hand, --segmenter none or a segmenter of your own are free "
        f"of that; nor {', '.join(others)}: train one on photos of your own"
    )
    yield Finding("licences", "networks", "ok", says, facts={"not_commercial": segmenters + others})


def caches() -> Iterator[Finding]:
    """Where photostyle keeps things, how much lies there, and whether it can be written."""
    from photostyle.models import model_folder
    from photostyle.regions.refined_once import KIND
    from photostyle.regions.segment.cache import cache_folder

    yield _cache("segmentations", cache_folder())
    yield _cache("refined masks", cache_folder(KIND))
    yield _cache("models", model_folder())


def _cache(name: str, folder: Path) -> Finding:
    files = 0
    size = 0
    for path in folder.rglob("*"):
        if path.is_file():
            files += 1
            size += path.stat().st_size
    facts = {"path": str(folder), "bytes": size, "files": files}
    above = _existing(folder)
    if above.is_dir() and os.access(above, os.W_OK):
        return Finding("caches", name, "ok", f"{_size(size)} in {files} files  {folder}", facts=facts)
    advice = "make it writable, or set PHOTOSTYLE_HOME to a folder that is"
    return Finding("caches", name, "missing", f"{folder} cannot be written", advice, facts)


def room() -> Iterator[Finding]:
    """Free memory and free disk, where the caches lie and here."""
    from photostyle.machine import available_bytes
    from photostyle.models import model_folder

    free = available_bytes()
    if free is not None:
        yield _room("memory", free, LOW_MEMORY, f"{_size(free)} free", "close other programs, or solve at a smaller --size")
    for name, folder in (("disk here", Path.cwd()), ("disk of caches", _existing(model_folder()))):
        free = shutil.disk_usage(folder).free
        yield _room(name, free, LOW_DISK, f"{_size(free)} free  {folder}", "free some space")


def _room(name: str, free: int, low: int, says: str, advice: str) -> Finding:
    facts = {"bytes": free}
    if free < low:
        return Finding("room", name, "missing", says, advice, facts)
    return Finding("room", name, "ok", says, facts=facts)


def environment() -> Iterator[Finding]:
    """Each environment variable that photostyle reads, and its value."""
    from photostyle.environment import VARIABLES, value

    for variable in VARIABLES:
        setting = value(variable.name)
        says = f"not set: {variable.default}"
        if setting is not None:
            says = setting
        yield Finding("environment", variable.name, "ok", says, facts={"value": setting, "use": variable.use})


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    path = folder.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _size(count: float) -> str:
    """Bytes, as people write them.

    >>> _size(12), _size(1500), _size(3e9), _size(1e18)
    ('12 B', '1.5 kB', '3.0 GB', '1000000.0 TB')
    """
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"
