"""What can go wrong between the page and the studio: one line each, with the status that the answer has."""

from photostyle.errors import PhotostyleError


class Refused(PhotostyleError):
    """A request that is not served.

    Args:
        message: the line.
        status: the HTTP status, 4xx.
    """

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


class NotKept(Refused):
    """The disk does not take what is to be kept; what was kept before is still there."""

    def __init__(self, error: OSError):
        super().__init__(f"what was done cannot be kept ({error.strerror or error}); make room on the disk", 507)


class NotThere(Refused):
    """What is asked for is not there, or no longer."""

    def __init__(self, message: str):
        super().__init__(message, 404)


def unexpected(error: Exception) -> str:
    """The line of a fault of the studio's own."""
    return f"something went wrong that photostyle did not expect: {error!r}"
