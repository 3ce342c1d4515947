"""A session: the device, the precision, and the networks, which are loaded once and kept.

Everything that computes is given one. A front end that relights many photos makes one and keeps it; `transfer` without one uses a
session that the process shares.
"""

import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch

from photostyle.devices import choose_device
from photostyle.encoders import Encoder, EncoderPrecision, computes_bfloat16, load_encoder
from photostyle.networks import TrainedAutoencoder, TrainedStylizer, load_autoencoder, load_stylizer
from photostyle.networks.translation import TrainedTranslators, load_translators
from photostyle.options import Options, Precision
from photostyle.regions.segment import Segmenter, load_segmenter
from photostyle.threads import prepare_torch

T = TypeVar("T")


class Session:
    """What work runs on, and what it has loaded. Several threads may share one.

    Args:
        device: auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU where there is one, else the CPU.
        precision: of encoders: auto, float32 or bfloat16.
        cache: whether segmentations and refined masks are kept in the user's cache on disk.

    Raises:
        OptionError: for a name that is no device.
        DeviceError: for a device that is not on this machine.

    Example:
        >>> session = Session("cpu")
        >>> session.encoder("compact") is session.encoder("compact")
        True
    """

    def __init__(self, device: str | torch.device = "auto", *, precision: Precision = "auto", cache: bool = True):
        prepare_torch()
        self.device: torch.device = choose_device(device)
        self.precision: Precision = precision
        self.cache = cache
        self._networks: dict[tuple[object, ...], object] = {}
        self._lock = threading.RLock()

    @classmethod
    def of(cls, options: Options) -> "Session":
        """A session of its own for the device, precision and cache that options ask for."""
        return cls(options.device, precision=options.precision, cache=options.cache)

    @staticmethod
    def shared(options: Options) -> "Session":
        """The session that this process keeps for the device, precision and cache that options ask for."""
        return _shared(options.device, options.precision, options.cache)

    def begin(self) -> "Session":
        """The session, made sure to be able to compute: to be called when work begins.

        Raises:
            DeviceError: in a process that was forked from one in which torch had computed, where torch cannot go on.
        """
        prepare_torch()
        return self

    def encoder(self, name: str = "auto", weights: Path | None = None, *, exact: bool = False) -> Encoder:
        """An encoder on the session's device.

        Args:
            name: auto, compact, compact5, vgg19 or vgg16.
            weights: a file of weights in place of the one kept.
            exact: whether the work needs float32 where the precision is auto.

        Raises:
            OptionError, ModelError: as `load_encoder`.
        """
        precision = self._encoder_precision(exact)
        key = ("encoder", name, weights, precision)
        return self._kept(key, lambda: load_encoder(name, weights=weights, device=self.device, precision=precision))

    def segmenter(self, name: str | Callable[..., Any] | Segmenter = "auto") -> Segmenter:
        """A segmenter on the session's device; see `load_segmenter` for its names.

        Raises:
            OptionError, ModelError: as `load_segmenter`.
        """
        if not isinstance(name, str):
            return load_segmenter(name, str(self.device), cache=self.cache)
        return self._kept(("segmenter", name), lambda: load_segmenter(name, str(self.device), cache=self.cache))

    def stylizer(self, path: str | Path) -> TrainedStylizer:
        """A trained network on the session's device; loaded anew where its file has changed.

        Raises:
            FileError: it is none.
        """
        path = Path(path)
        trained = self._kept(("stylizer", path, _changed(path)), lambda: load_stylizer(path))
        trained.network.to(self.device)
        return trained

    def autoencoder(self, path: str | Path) -> TrainedAutoencoder:
        """A trained autoencoder on the session's device; loaded anew where its file has changed.

        Raises:
            FileError: it is none.
        """
        path = Path(path)
        trained = self._kept(("autoencoder", path, _changed(path)), lambda: load_autoencoder(path))
        trained.network.to(self.device)
        return trained

    def translators(self, path: str | Path) -> TrainedTranslators:
        """Trained generators on the session's device; loaded anew where their file has changed.

        Raises:
            FileError: it is none.
        """
        path = Path(path)
        trained = self._kept(("translators", path, _changed(path)), lambda: load_translators(path))
        trained.networks.to(self.device)
        return trained

    def release(self) -> None:
        """Forget the networks, so that their memory can be used again; they are loaded anew when they are asked for."""
        with self._lock:
            self._networks.clear()

    def _encoder_precision(self, exact: bool) -> EncoderPrecision:
        if self.precision != "auto":
            return self.precision
        if not exact and self.device.type == "cuda" and computes_bfloat16(self.device):
            return "bfloat16"
        return "float32"

    def _kept(self, key: tuple[object, ...], load: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._networks:
                self._networks[key] = load()
            return self._networks[key]  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"Session(device={str(self.device)!r}, precision={self.precision!r}, {len(self._networks)} networks loaded)"


def _changed(path: Path) -> int | None:
    """When a file was last changed; None where there is none."""
    return path.stat().st_mtime_ns if path.is_file() else None


@lru_cache(maxsize=4)
def _shared(device: str, precision: Precision, cache: bool) -> Session:
    return Session(device, precision=precision, cache=cache)
