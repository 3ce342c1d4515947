"""The clips of `photostyle video`, and where each is written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from photostyle.batch.output_names import as_template, check_template, fill_template
from photostyle.cli.files import Files
from photostyle.cli.inputs import matches
from photostyle.cli.places import is_folder, same_place
from photostyle.errors import DependencyError, FileError, OptionError

if TYPE_CHECKING:
    from photostyle.video.pictures import PictureClip
    from photostyle.video.reading import VideoFile

_ENDING = "-relit"
_LIKELY = ".mp4"


def check_videos_can_be_read() -> None:
    """A DependencyError where the extra for videos is missing."""
    if find_spec("av") is None:
        raise DependencyError("videos need PyAV; run: pip install 'photostyle[video]'")


@dataclass(frozen=True)
class ClipJob:
    """One clip to make.

    Args:
        name: of the clip, as the user calls it.
        file: the video; None for a sequence.
        pictures: of the sequence.
        rate: frames a second of the sequence.
        output: the video, or the folder or printf pattern of pictures.
        is_there: whether the output is there already, and stays.
    """

    name: str
    file: Path | None
    pictures: tuple[Path, ...]
    rate: Fraction
    output: str
    is_there: bool = False

    def opened(self) -> "VideoFile | PictureClip":
        """The clip, to be read."""
        from photostyle.video.pictures import PictureClip
        from photostyle.video.reading import VideoFile

        if self.file is not None:
            return VideoFile(self.file)
        return PictureClip(self.pictures, self.rate, self.name)


def clip_jobs(names: Sequence[str], output: str | None, rate: float | None, style: Path, files: Files) -> list[ClipJob]:
    """The clips that were typed, each with its output, checked as far as it can be before any is read.

    Raises:
        PhotostyleError: there is no such clip, or it cannot be written there.
    """
    clips = _clips(names, files)
    frames = _rate(rate)
    if len(clips) == 1:
        (name, file, pictures), *_ = clips
        return [ClipJob(name, file, pictures, frames, _one_output(name, file, pictures, output, files))]
    template = as_template(output) if output is not None else None
    if template is not None:
        check_template(template)
        if "{" not in template:
            raise OptionError(
                f"{output} is one file, and there are {len(clips)} clips; give a folder, or a template such as "
                "'out/{stem}.{ext}'",
                option="output",
            )
    jobs = []
    for name, file, pictures in clips:
        default = _default(name, file)
        path = default
        if template is not None:
            values = {"stem": _stem(name), "ext": default.suffix[1:] or _LIKELY[1:], "reldir": "", "style": style.stem}
            path = Path(fill_template(template, values))
        is_there = False
        try:
            files.target(path)
        except FileError as error:
            if error.option != "overwrite":
                raise
            is_there = True
        jobs.append(ClipJob(name, file, pictures, frames, str(path), is_there))
    return jobs


def clip_to_look_at(names: Sequence[str], rate: float | None, files: Files) -> ClipJob:
    """The one clip that was typed, of which no video is written.

    Raises:
        PhotostyleError: there is no such clip, or there are several.
    """
    clips = _clips(names, files)
    if len(clips) > 1:
        raise OptionError(f"one folder is named for the frames of {len(clips)} clips; give one clip", option="key_frames")
    (name, file, pictures), *_ = clips
    return ClipJob(name, file, pictures, _rate(rate), "")


def _rate(rate: float | None) -> Fraction:
    """Frames a second of a sequence of pictures."""
    from photostyle.video.pictures import USUAL_RATE

    if rate is not None and not rate > 0:
        raise OptionError(f"rate must be more than 0 frames a second, got {rate:g}", option="rate")
    return USUAL_RATE if rate is None else Fraction(rate).limit_denominator(1001)


Clip = tuple[str, Path | None, tuple[Path, ...]]  # its name, its file, or its pictures


def _clips(names: Sequence[str], files: Files) -> list[Clip]:
    from photostyle.video.pictures import by_number, is_pattern, is_picture, pictures_named

    clips: list[Clip] = []
    loose: list[str] = []
    for name in names:
        if is_pattern(name) or os.path.isdir(name):
            clips.append((name, None, tuple(pictures_named(name))))
            continue
        for each in matches(name):
            if is_picture(Path(each)):
                loose.append(each)
            else:
                clips.append((each, files.input(each, "content"), ()))
    if len(loose) == 1:
        raise OptionError(f"{loose[0]} is one picture, and no clip; give a video or more pictures, or see photostyle run")
    if loose:
        paths = tuple(sorted((files.input(each, "content") for each in loose), key=by_number))
        clips.append((str(paths[0].parent), None, paths))
    return clips


def _stem(name: str) -> str:
    from photostyle.video.pictures import is_pattern

    path = Path(name.rstrip("/" + os.sep))
    return path.parent.name or "frames" if is_pattern(name) else path.stem


def _default(name: str, file: Path | None) -> Path:
    """Where a clip goes if nothing else is said: beside it, of its own kind if that is written."""
    from photostyle.clip_files import CONTAINERS
    from photostyle.video.pictures import is_pattern

    if file is None:
        folder = Path(name).parent if is_pattern(name) else Path(name)
        return folder.with_name(f"{folder.resolve().name}{_ENDING}")
    suffix = file.suffix if file.suffix.lower() in CONTAINERS else _LIKELY
    return file.with_name(f"{file.stem}{_ENDING}{suffix}")


def _one_output(name: str, file: Path | None, pictures: Sequence[Path], output: str | None, files: Files) -> str:
    """The output of a single clip, checked."""
    from photostyle.video.pictures import is_pattern

    default = _default(name, file)
    if file is None and output is None:
        output = f"{default}{os.sep}"
    if output is not None and (is_pattern(output) or (file is None and _is_for_pictures(output))):
        folder = Path(output).parent if is_pattern(output) else Path(output)
        for each in pictures:
            if same_place(folder, each.parent) and not is_pattern(output):
                raise FileError(f"{output}: has the clip's own pictures, and inputs are never replaced; give another folder")
        if not files.overwrite and folder.is_dir() and any(folder.iterdir()):
            raise FileError(f"{folder}: holds something already; give another folder", option="overwrite")
        return output
    suffix = default.suffix or _LIKELY
    given = None if file is None else files.beside(file, _ENDING, suffix)
    return str(files.output(output, given or str(default.with_suffix(suffix)), suffix))


def _is_for_pictures(output: str) -> bool:
    return is_folder(output) or not Path(output).suffix
