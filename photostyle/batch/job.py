"""One photo or clip to make: what is read, what is written, and how."""

from dataclasses import dataclass, field

from photostyle.clip_files import is_clip
from photostyle.clip_options import ClipOptions
from photostyle.option_text import Writing
from photostyle.options import Options

LOOK_SUFFIX = ".look"  # what the name of a measured style ends in


@dataclass(frozen=True)
class Job:
    """One photo, or clip, to make.

    Args:
        content, style, content_mask, style_mask: paths or URLs of what is read; the style is a photo or a look. Of a clip the
            content's mask is a folder of masks for some of its frames, and the style may be a clip too.
        output: path or URL of what is written.
        options: of the transfer.
        writing: how a photo is written.
        transform_file: a saved transform to apply in place of solving: that of the photo's set, or what was found for a clip.
        clip: how a clip is made.
    """

    content: str
    style: str
    output: str
    content_mask: str | None = None
    style_mask: str | None = None
    options: Options = Options()  # noqa: RUF009 (frozen)
    writing: Writing = field(default_factory=Writing)
    transform_file: str | None = None
    clip: ClipOptions = ClipOptions()  # noqa: RUF009 (frozen)

    @property
    def inputs(self) -> tuple[str, ...]:
        """All files that the result depends on."""
        names = (self.content, self.style, self.content_mask, self.style_mask, self.transform_file)
        settings = self.options.settings
        more = (*settings.more_photos(), *settings.more_files())
        return tuple(dict.fromkeys(name for name in (*names, *more) if name is not None))

    @property
    def is_clip(self) -> bool:
        """Whether a clip is made, and no photo."""
        return is_clip(self.content)

    @property
    def style_is_look(self) -> bool:
        """Whether the style is a measured look, and no photo."""
        return self.style.lower().endswith(LOOK_SUFFIX)
