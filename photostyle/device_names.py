"""The names of devices, told from other words without loading torch."""

from photostyle.errors import OptionError


def check_device_name(name: str) -> None:
    """Refuse what names no device; whether the device is on this machine only torch knows.

    Raises:
        OptionError: it is not auto, cpu, cuda, cuda:N or mps.

    >>> check_device_name("cuda:1")
    """
    is_numbered = name.startswith("cuda:") and name[5:].isdecimal()
    if not is_numbered and name not in ("auto", "cpu", "cuda", "mps"):
        raise OptionError(f"device must be auto, cpu, cuda, cuda:N or mps, got {name!r}")
