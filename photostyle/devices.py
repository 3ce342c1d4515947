"""Which device to compute on; torch is loaded only where one is chosen."""

import textwrap
import warnings
from typing import TYPE_CHECKING

from photostyle.errors import DeviceError, OptionError

if TYPE_CHECKING:
    import torch


def check_device_name(name: str) -> None:
    """Refuse what names no device; whether the device is on this machine only torch knows.

    Raises:
        OptionError: it is not auto, cpu, cuda, cuda:N or mps.

    >>> check_device_name("cuda:1")
    """
    is_numbered = name.startswith("cuda:") and name[5:].isdecimal()
    if not is_numbered and name not in ("auto", "cpu", "cuda", "mps"):
        raise OptionError(f"device must be auto, cpu, cuda, cuda:N or mps, got {name!r}")


def choose_device(name: "str | torch.device" = "auto") -> "torch.device":
    """The device of a name: auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU where there is one, else the CPU.

    Raises:
        OptionError: for a name that is no device.
        DeviceError: for a device that is not on this machine, or that cannot multiply sparse matrices.
    """
    import torch

    name = str(name)
    check_device_name(name)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    try:
        _multiply_sparse(device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = textwrap.shorten(str(error).strip().splitlines()[0], 160, placeholder=" ...")
        raise DeviceError(f"device {name} cannot be used here ({reason}); use device cpu", option="device") from error
    return device


def _multiply_sparse(device: "torch.device") -> None:
    """What the matting Laplacian asks of a device."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        identity = torch.eye(2, device=device).to_sparse_csr()
        (identity @ torch.ones(2, 1, device=device)).sum().item()
