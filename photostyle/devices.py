"""Which device to compute on."""

import warnings

import torch

from photostyle.errors import DeviceError, OptionError


def choose_device(name: str = "auto") -> torch.device:
    """The device of a name: auto, cpu, cuda, cuda:N or mps; auto is a CUDA GPU where there is one, else the CPU.

    Raises:
        OptionError: for a name that is no device.
        DeviceError: for a device that is not on this machine, or that cannot multiply sparse matrices.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name != "cpu" and name != "mps" and name != "cuda" and not (name.startswith("cuda:") and name[5:].isdigit()):
        raise OptionError(f"device must be auto, cpu, cuda, cuda:N or mps, got {name!r}")
    device = torch.device(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            eye = torch.eye(2, device=device).to_sparse_csr()
            (eye @ torch.ones(2, 1, device=device)).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise DeviceError(f"device {name} cannot be used here ({reason}); use --device cpu") from error
    return device
