"""HDR brightness (ITU-R BT.2100: PQ and HLG), shown and changed by way of a tone-mapped copy, and written as it came.

Light is put in relation to the white of paper, 203 cd/m2 (ITU-R BT.2408), and its highlights are rolled off with the
extended curve of Reinhard et al. 2002, eq. 4, which maps the brightest light of the file to white. The curve works on the
largest of red, green and blue, so that hues stay, and has an inverse: what is not changed comes back.
"""

from collections.abc import Callable

import numpy as np

from photostyle.photo.colour_management.spaces import Returns
from photostyle.photo.colour_management.srgb import srgb_encoded, srgb_linear

PQ = 16
HLG = 18
_PAPER_WHITE = 203.0  # cd/m2
_PEAKS = {PQ: 10000.0, HLG: 1000.0}  # cd/m2
# ITU-R BT.2100, table 4.
_M1 = 2610 / 16384
_M2 = 2523 / 4096 * 128
_C1 = 3424 / 4096
_C2 = 2413 / 4096 * 32
_C3 = 2392 / 4096 * 32
# ITU-R BT.2100, table 5: of a display of 1000 cd/m2.
_A = 0.17883277
_B = 1 - 4 * _A
_C = 0.55991073
_SYSTEM_GAMMA = 1.2
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593])
_DARKEST = 1e-9


class Hdr:
    """Colours with PQ or HLG brightness; `decode` gives their tone-mapped copy, `encode` goes back.

    Args:
        transfer: `PQ` or `HLG`.
        to_srgb: (3, 3) from their linear RGB to that of sRGB.
        channels: 3, or 1 where they are grey.
        black, white: the values of black and of the brightest; not 0 and 1 where codes have head- and footroom.
    """

    returns: Returns = "never"
    writable = True

    def __init__(self, transfer: int, to_srgb: np.ndarray, channels: int = 3, black: float = 0.0, white: float = 1.0) -> None:
        self.channels = channels
        self._transfer = transfer
        self._to_srgb = to_srgb.T
        self._from_srgb = np.linalg.inv(to_srgb).T
        self._black = black
        self._range = white - black

    def decode(self, values: np.ndarray) -> np.ndarray:
        signal = np.clip((values.astype(np.float64) - self._black) / self._range, 0, 1)
        if self.channels == 1:
            signal = np.broadcast_to(signal, (*signal.shape[:-1], 3))
        light = _scaled(_display_light(signal, self._transfer) / _PAPER_WHITE, _rolled_off, self._transfer)
        if self.channels == 3:
            light = light @ self._to_srgb
        return srgb_encoded(light.astype(np.float32))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        light = srgb_linear(pixels).astype(np.float64)
        if self.channels == 3:
            light = light @ self._from_srgb
        light = np.clip(light, 0, 1)
        shown = _scaled(light, _rolled_on, self._transfer) * _PAPER_WHITE
        signal = _signal(shown, self._transfer)[..., : self.channels]
        return (signal * self._range + self._black).astype(np.float32)


def fallback_curve(signal: np.ndarray, transfer: int) -> np.ndarray:
    """Tone-mapped light of grey signals in [0, 1]: what readers see that know nothing of HDR."""
    grey = np.repeat(signal[..., None], 3, axis=-1)
    return _rolled_off(_display_light(grey, transfer)[..., 0] / _PAPER_WHITE, transfer)


def _scaled(light: np.ndarray, curve: Callable[[np.ndarray, int], np.ndarray], transfer: int) -> np.ndarray:
    """Light (..., 3) whose largest channel goes by the curve, the others with it."""
    largest = light.max(axis=-1, keepdims=True)
    scaled: np.ndarray = light * (curve(largest, transfer) / np.maximum(largest, _DARKEST))
    return scaled


def _rolled_off(light: np.ndarray, transfer: int) -> np.ndarray:
    """Light where paper is 1, up to the file's peak, as light up to 1."""
    peak = _PEAKS[transfer] / _PAPER_WHITE
    rolled: np.ndarray = light * (1 + light / peak**2) / (1 + light)
    return rolled


def _rolled_on(light: np.ndarray, transfer: int) -> np.ndarray:
    """The inverse of `_rolled_off`, of light in [0, 1]."""
    peak = _PEAKS[transfer] / _PAPER_WHITE
    rest = 1 - light
    rolled: np.ndarray = 2 * light / (rest + np.sqrt(rest**2 + 4 * light / peak**2))
    return rolled


def _display_light(signal: np.ndarray, transfer: int) -> np.ndarray:
    """cd/m2 (..., 3) that a display gives for signals in [0, 1]."""
    if transfer == PQ:
        root = np.power(signal, 1 / _M2)
        light: np.ndarray = np.power(np.maximum(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1) * _PEAKS[PQ]
        return light
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12)
    luminance = np.maximum(scene @ _LUMINANCE, _DARKEST)[..., None]
    shown: np.ndarray = _PEAKS[HLG] * luminance ** (_SYSTEM_GAMMA - 1) * scene
    return shown


def _signal(light: np.ndarray, transfer: int) -> np.ndarray:
    """The inverse of `_display_light`."""
    if transfer == PQ:
        root = np.power(np.clip(light / _PEAKS[PQ], 0, 1), _M1)
        signal: np.ndarray = np.power((_C1 + _C2 * root) / (1 + _C3 * root), _M2)
        return signal
    shown = light / _PEAKS[HLG]
    luminance = np.maximum(shown @ _LUMINANCE, _DARKEST)[..., None]
    scene = shown * luminance ** (1 / _SYSTEM_GAMMA - 1)
    bright = _A * np.log(np.maximum(12 * scene - _B, _DARKEST)) + _C
    coded: np.ndarray = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
    return coded
