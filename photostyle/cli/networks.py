"""The networks and the device that a command will need, looked up before the work; nothing here loads torch."""

from pathlib import Path

from photostyle import models
from photostyle.batch.job import LOOK_SUFFIX
from photostyle.devices import check_device_name
from photostyle.errors import OptionError
from photostyle.models.checkpoints import check_checkpoint, is_checkpoint_name
from photostyle.options import Options
from photostyle.tensor_file import check_header


def check_networks(
    options: Options, *, masked: bool = False, style: Path | str | None = None, style_mask: Path | str | None = None
) -> None:
    """Refuse, before any work, networks that there are not or whose weights are not here, and words that name no device.

    Args:
        options: of the command.
        masked: whether the content has a mask, so that its regions need not be found.
        style: the file of the style; a look has its regions already. None where there is none.
        style_mask: its mask.

    Raises:
        PhotostyleError: it says what there is, or how to get it.
    """
    check_device_name(str(options.device))
    network = options.settings.style_file()
    if network is not None:
        check_header(network, "network")
    style_is_settled = style is None or network is not None or style_mask is not None or Path(style).suffix.lower() == LOOK_SUFFIX
    if not (masked and style_is_settled):
        check_segmenter(str(options.segmenter))
    encoder = getattr(options.settings, "encoder", None)
    if encoder is not None:  # a method of one's own may have none
        _check_encoder(encoder, getattr(options.settings, "weights", None))


def check_segmenter(name: str) -> None:
    """Refuse a segmenter that there is not, or whose weights are not on this machine; code is left to be looked up later.

    Raises:
        PhotostyleError: it says what there is, or how to get it.
    """
    if name in models.names("segmenter"):
        models.find(name)
    elif name in models.choices("segmenter"):
        return
    elif is_checkpoint_name(name):
        check_checkpoint(Path(name).expanduser())
    elif ":" not in name:
        raise models.unknown_segmenter(name)


def _check_encoder(name: str, weights: Path | None) -> None:
    known = models.choices("encoder")
    if name not in known:
        raise OptionError(f"encoder must be one of {', '.join(known)}, got {name!r}")
    if name == "auto":
        name = "compact"
        if weights is None:
            name = models.best_present("encoder") or "compact"
    models.find(name, weights)
