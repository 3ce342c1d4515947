"""What can go wrong, said in one line: what was expected, what came, what to do."""


class PhotostyleError(ValueError):
    """Base of every error that photostyle raises on purpose; its text is one line for the user.

    Args:
        message: the line.
        option: the name of the parameter that the line tells the user to change, such as "overwrite"; the command line
            adds its own word for it, "(--overwrite)".
    """

    def __init__(self, message: str = "", *, option: str | None = None):
        super().__init__(message)
        self.option = option


class PhotoError(PhotostyleError):
    """A photo cannot be read, decoded or written."""


class MaskError(PhotostyleError):
    """A mask cannot be read, or does not fit its photo."""


class OptionError(PhotostyleError):
    """An option has a value outside its range or choices."""


class ModelError(PhotostyleError):
    """A network's weights are missing, broken or not the expected ones."""


class DeviceError(PhotostyleError):
    """The device asked for is not on this machine."""


class FileError(PhotostyleError):
    """A file of another kind than a photo, a mask or weights cannot be read or written: a look, a transform, a ledger."""


class DependencyError(PhotostyleError):
    """A package that photostyle can do without, and that this needs, is not installed."""


class Cancelled(PhotostyleError):
    """The work was stopped by its `CancelToken`."""
