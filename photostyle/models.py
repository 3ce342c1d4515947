"""The networks photostyle knows: where their weights lie, whether they are whole, and how to fetch them when asked."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photostyle.errors import ModelError
from photostyle.events import Callback, Progress, ignore
from photostyle.whole_file import exclusive_lock

_BLOCK = 1 << 20
_PARTIAL, _WHOLE_RANGE_GONE = 206, 416


@dataclass(frozen=True)
class ModelFile:
    """One file of weights.

    Args:
        name: what the user calls it, such as "vgg19".
        file: its file name.
        url: where `fetch` gets it, None if it only ships with the package.
        sha256: hexadecimal SHA-256 of the file, or its first 8 digits or more; None where it is not known.
        size: bytes, about.
        use: what it is for.
        licence: of the weights.
        training: the data that it was trained on.
        shipped: whether it lies in the package's assets.
    """

    name: str
    file: str
    url: str | None
    sha256: str | None
    size: int
    use: str
    licence: str
    training: str
    shipped: bool = False


_IMAGENET = "ImageNet-1k (research use; weights published for any use by PyTorch)"
_FILES = (
    ModelFile(
        name="compact",
        file="compact.safetensors",
        url=None,
        sha256=None,
        size=0,
        use="encoder, four levels; the default",
        licence="MIT",
        training="distilled from PCA-KD's VGG-19 encoder; see compact.md beside it",
        shipped=True,
    ),
    ModelFile(
        name="scene",
        file="scene.safetensors",
        url=None,
        sha256=None,
        size=0,
        use="segmenter, 14 classes; the default",
        licence="for research and other non-commercial use, as its training photos; see scene.md beside it",
        training="photos labelled by people: BSDS500, MSRC, LabelMeFacade, CamVid, COCO, ADE20K samples",
        shipped=True,
    ),
    ModelFile(
        name="vgg19",
        file="vgg19-dcbb9e9d.pth",
        url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        sha256="dcbb9e9d",
        size=574_673_361,
        use="encoder, the paper's",
        licence="BSD-3-Clause (torchvision)",
        training=_IMAGENET,
    ),
    ModelFile(
        name="vgg16",
        file="vgg16-397923af.pth",
        url="https://download.pytorch.org/models/vgg16-397923af.pth",
        sha256="397923af",
        size=553_433_881,
        use="encoder",
        licence="BSD-3-Clause (torchvision)",
        training=_IMAGENET,
    ),
)
# SegFormers (Xie et al. 2021) as segmentation-models-pytorch publishes them, with the long side that each was trained at.
# Their hashes are not known here; `fetch` checks that what comes is a whole safetensors file.
_SEGFORMERS = {"b0": (512, 15), "b1": (512, 55), "b2": (512, 110), "b3": (512, 190), "b4": (512, 257), "b5": (640, 340)}


def _segformer(name: str, side: int, megabytes: int) -> ModelFile:
    return ModelFile(
        name=f"ade20k-{name}",
        file=f"ade20k-{name}/model.safetensors",
        url=f"https://huggingface.co/smp-hub/segformer-{name}-{side}x{side}-ade-160k/resolve/main/model.safetensors",
        sha256=None,
        size=megabytes * 1_000_000,
        use="segmenter, ADE20K's 150 classes folded into 14",
        licence="NVIDIA source code licence for SegFormer: research and evaluation only, NOT for commercial use",
        training="ADE20K (non-commercial research), after ImageNet-1k",
    )


MODELS: dict[str, ModelFile] = {
    model.name: model for model in (*_FILES, *(_segformer(name, *facts) for name, facts in _SEGFORMERS.items()))
}


def model_file(name: str) -> ModelFile:
    """The record of a model.

    Raises:
        ModelError: if photostyle knows no model of that name.
    """
    if name not in MODELS:
        raise ModelError(f"no model is called {name!r}; known are {', '.join(MODELS)}")
    return MODELS[name]


def model_folder() -> Path:
    """Where `fetch` keeps weights: `$PHOTOSTYLE_HOME/models`, or the user's cache folder."""
    home = os.environ.get("PHOTOSTYLE_HOME")
    if home:
        return Path(home).expanduser() / "models"
    from platformdirs import user_cache_path

    return user_cache_path("photostyle") / "models"


def folders(model: ModelFile) -> Iterator[Path]:
    """The folders a model is looked for in: the package, photostyle's own, torch hub's cache."""
    if model.shipped:
        yield Path(__file__).parent / "assets"
    yield model_folder()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    yield Path(os.environ.get("TORCH_HOME") or cache / "torch").expanduser() / "hub" / "checkpoints"


def locate(name: str) -> Path | None:
    """The file of a model if it is on this machine, else None; nothing is downloaded."""
    model = model_file(name)
    return next((path for folder in folders(model) if (path := folder / model.file).is_file()), None)


def find(name: str, path: str | os.PathLike | None = None) -> Path:
    """The file of a model: `path` if given, else wherever it is kept.

    Raises:
        ModelError: if it is not there; the text says how to get it.
    """
    if path is not None:
        given = Path(path).expanduser()
        if not given.is_file():
            raise ModelError(f"expected the weights of {name} at {given}, found no file there; check the path")
        return given
    found = locate(name)
    if found is not None:
        return found
    if model_file(name).url is None:
        raise ModelError(f"the weights of {name} ship with photostyle but are missing; install photostyle again")
    raise ModelError(f"the weights of {name} are not on this machine; get them with: photostyle models pull {name}")


def digest(path: Path, progress: Callback = ignore) -> str:
    """SHA-256 of a file, in hexadecimal."""
    total, done, sha = path.stat().st_size, 0, hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(_BLOCK):
            sha.update(block)
            done += len(block)
            progress(Progress("verify", done, total))
    return sha.hexdigest()


def verify(name: str, path: str | os.PathLike | None = None, progress: Callback = ignore) -> Path:
    """Checks a model's file against its SHA-256 and returns where it lies.

    Raises:
        ModelError: if the file is missing, or is another one.
    """
    model, found = model_file(name), find(name, path)
    actual = digest(found, progress)
    if model.sha256 is not None and not actual.startswith(model.sha256):
        raise ModelError(
            f"{found} should have SHA-256 {model.sha256}..., got {actual[:16]}...; "
            f"delete it and run: photostyle models pull {name}"
        )
    return found


def fetch(name: str, progress: Callback = ignore, *, model: ModelFile | None = None) -> Path:
    """Downloads a model's weights into photostyle's own folder, unless they are on this machine already.

    A broken download is taken up where it stopped; the file appears under its name only when whole and checked.

    Args:
        name: the model.
        progress: called with bytes done and in all, stage "download".
        model: a record to fetch in place of the known one.

    Raises:
        ModelError: if the download fails or what comes has another SHA-256.
    """
    model = model or model_file(name)
    target = model_folder() / model.file
    present = target if target.is_file() else locate(name) if name in MODELS else None
    if present is not None:
        return present
    if model.url is None:
        raise ModelError(f"{name} ships with photostyle and is not downloaded; install photostyle again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(target.with_name(target.name + ".lock")):
            if not target.is_file():  # another process may have fetched it meanwhile
                _fetch(name, model, target, progress)
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(f"cannot download {name} from {model.url}: {error}; run it again to go on") from error
    return target


def _fetch(name: str, model: ModelFile, target: Path, progress: Callback) -> None:
    part = target.with_name(target.name + ".part")
    _download(model, part, progress)
    actual = digest(part)
    if model.sha256 is not None and not actual.startswith(model.sha256):
        part.unlink()
        raise ModelError(
            f"{name} from {model.url} should have SHA-256 {model.sha256}..., got {actual[:16]}...; nothing was kept, "
            "try again or another network"
        )
    if model.sha256 is None and not _is_safetensors(part):
        part.unlink()
        raise ModelError(f"{name} from {model.url} should be a safetensors file, got another; nothing was kept, try again")
    part.replace(target)


def _is_safetensors(path: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return bool(list(file.keys()))
    except (SafetensorError, OSError):
        return False


def _download(model: ModelFile, part: Path, progress: Callback) -> None:
    """Writes what is missing of a model's file to `part`."""
    have = part.stat().st_size if part.is_file() else 0
    try:
        response = _open(model.url, have)
    except urllib.error.HTTPError as error:
        if error.code != _WHOLE_RANGE_GONE or not have:
            raise
        response, have = _open(model.url, 0), 0  # what lies here is no beginning of that file
    with response:
        if response.status != _PARTIAL:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else model.size
        with open(part, "ab" if have else "wb") as handle:
            while block := response.read(_BLOCK):
                handle.write(block)
                have += len(block)
                progress(Progress("download", have, max(total, have)))
    if length and have < total:
        raise ConnectionError(f"the connection broke after {have} of {total} bytes")


def _open(url: str, start: int):
    headers = {"User-Agent": "photostyle", **({"Range": f"bytes={start}-"} if start else {})}
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
