"""Comments in files, whose characters no standard names."""


def text_of(comment: bytes) -> str:
    """The text of a comment: UTF-8 where it is that, else Latin-1."""
    try:
        return comment.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return comment.rstrip(b"\0").decode("latin-1")
