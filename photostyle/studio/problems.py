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


class NotThere(Refused):
    """What is asked for is not there, or no longer."""

    def __init__(self, message: str):
        super().__init__(message, 404)
