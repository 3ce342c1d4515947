"""The files of a command: inputs made files of this machine, outputs checked before the work and put in place after it."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from photostyle.batch import remote
from photostyle.cli import inputs
from photostyle.cli.places import check_place, free_name, is_folder, same_place
from photostyle.errors import FileError, MaskError, OptionError, PhotoError, PhotostyleError
from photostyle.tensor_file import check_header

STDOUT = "-"
_NAMELESS = "what comes through a pipe has no name; name the output, - for standard output"
_ANNOTATIONS = (".json", ".xml")  # masks of annotation programs
_NO_PHOTOS = {".look": "look", ".safetensors": "file of a transform or a network", ".cube": "table of colours"}


class Files:
    """What a command reads and writes; a context, in which errors call the inputs as the user does.

    Args:
        overwrite: whether files that are there may be replaced. Inputs never are.
    """

    def __init__(self, overwrite: bool = False):
        self.overwrite = overwrite
        self.to_stdout: Path | None = None  # written to standard output in the end
        self._sources: list[Path] = []
        self._photos: list[Path] = []
        self._masks: list[Path] = []
        self._targets: list[Path] = []
        self._given: dict[str, str] = {}  # local file -> what the user calls it
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if isinstance(error, PhotostyleError):
            error.args = (self.as_given(str(error)),)

    def input(self, given: str, role: str) -> Path:
        """The file of this machine for an input; see `local_input`."""
        if not given:
            raise OptionError(f"the name of the {role} is empty; give a file")
        if given == inputs.STDIN and inputs.STDIN_NAME in self._given.values():
            raise OptionError("standard input (-) holds one photo; give it once")
        path = inputs.local_input(given, role, self._new_folder)
        if self._is_fetched(path):
            self._given[str(path)] = inputs.STDIN_NAME if given == inputs.STDIN else given
        self._sources.append(path)
        return path

    def optional_input(self, given: str | None, role: str) -> Path | None:
        """The same for an input that need not be given."""
        if given is None:
            return None
        return self.input(given, role)

    def mask(self, given: str | None, role: str) -> Path | None:
        """The same for a mask that need not be given; `check_photos` will look into a picture, and a folder must hold something.

        Raises:
            MaskError: the folder holds nothing.
        """
        path = self.optional_input(given, role)
        if path is None or path.suffix.lower() in _ANNOTATIONS:
            return path
        if not path.is_dir():
            self._masks.append(path)
        elif not any(path.iterdir()):
            raise MaskError(f"the folder {path} holds no pictures; put one grey PNG a region into it, named after it")
        return path

    def photo(self, given: str, role: str) -> Path:
        """The same for a photo; `check_photos` will look into it.

        Raises:
            FileError, PhotoError: there is none, or it is a look, a transform or a table of colours.
        """
        path = self.input(given, role)
        for suffix, kind in _NO_PHOTOS.items():
            if path.suffix.lower() == suffix:
                raise FileError(f"{path}: is a {kind}, got as the {role}; the {role} must be a photo")
        self._photos.append(path)
        return path

    def check_photos(self) -> None:
        """Look at the first bytes of all photos and masks, once they are all known to be there.

        Raises:
            PhotoError, MaskError: one is empty, a folder, a text...
        """
        from photostyle.photo.photo_file import PhotoFile
        from photostyle.photo.reading import format_of

        for path in self._photos:
            format_of(PhotoFile.of(path))
        for path in self._masks:
            try:
                format_of(PhotoFile.of(path))
            except PhotoError as error:
                raise MaskError(f"cannot read a mask: {error}") from error

    def saved(self, given: str, kind: str, role: str) -> Path:
        """The same for a "look" or a "transform".

        Raises:
            FileError: it is none.
        """
        path = self.input(given, role)
        if path.is_dir():
            raise FileError(f"{path}: is a folder, and no {kind}; name a file in it")
        check_header(path, kind)
        return path

    def style(self, given: str) -> Path:
        """The same for a photo or a look that a photo takes its light from."""
        if given.lower().endswith(".look"):
            return self.saved(given, "look", "style")
        return self.photo(given, "style")

    def beside(self, path: Path, ending: str, suffix: str) -> str | None:
        """The name that a result gets where none is given: beside its input; in the working folder if that was fetched.

        Args:
            path: of the input.
            ending: to be added to its stem.
            suffix: of the result.

        Returns:
            None for what came through a pipe, and has no name.
        """
        if self._is_fetched(path):
            if not remote.is_url(self._given[str(path)]):
                return None
            path = Path(path.name)
        return str(path.with_name(f"{path.stem}{ending}{suffix}"))

    def as_given(self, text: str) -> str:
        """A text in which inputs are called as the user does."""
        for path, name in self._given.items():
            text = text.replace(path, name)
        return text

    def output(self, given: str | None, default: str | None, suffix: str) -> Path:
        """The file that an output is written to: as it was named; within a folder that was named; or a free default name.

        Args:
            given: what was typed, - for standard output; None where nothing was.
            default: its name where none was given; a number is added where that is taken. None where there is no such name.
            suffix: with a dot, of what is written to standard output.

        Raises:
            FileError: it cannot be written there, or something is there already.
        """
        if given == STDOUT:
            return self._stdout(suffix)
        if given == "":
            raise OptionError("the name of the output is empty; give a file or a folder", option="output")
        if given is None or is_folder(given):
            if default is None:
                raise FileError(_NAMELESS, option="output")
            path = Path(default)
            if given is not None:
                path = Path(given) / path.name
            if not self.overwrite:
                path = free_name(path, self._targets)
            return self.target(path)
        return self.target(Path(given))

    def target(self, path: Path) -> Path:
        """A file that will be written, checked.

        Raises:
            FileError: it is an input or asked for twice, cannot be written, or is there already.
        """
        if str(path) == STDOUT:
            raise FileError("only the main output of a command can be written to standard output; name a file")
        for other in self._targets:
            if same_place(path, other):
                raise FileError(f"{path}: is asked for twice; give each file that is written a name of its own")
        for source in self._sources:
            if same_place(path, source):
                raise FileError(f"{path}: is also an input, and inputs are never replaced; give another output", option="output")
        check_place(path, overwrite=self.overwrite)
        self._targets.append(path)
        return path

    def optional_target(self, path: Path | None) -> Path | None:
        """The same for a file that need not be asked for."""
        if path is None:
            return None
        return self.target(path)

    def make_folders(self) -> None:
        """Make the folders of the outputs; to be called when the work is done.

        Raises:
            FileError: one cannot be made.
        """
        for path in self._targets:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FileError(f"{path}: its folder cannot be made ({error.strerror}); choose another place") from error

    def finish(self) -> None:
        """Send what is for standard output there."""
        if self.to_stdout is not None:
            with open(self.to_stdout, "rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()

    @property
    def stdout(self) -> TextIO:
        """Where texts go that are for standard output; standard error, where an output goes there."""
        if self.to_stdout is not None:
            return sys.stderr
        return sys.stdout

    def say(self, paths: Sequence[Path | None]) -> None:
        """The paths of what was written, a line each."""
        for path in paths:
            if path is not None and path != self.to_stdout:
                self.stdout.write(f"{path}\n")

    def _stdout(self, suffix: str) -> Path:
        if sys.stdout.isatty():
            raise FileError("-o - writes to standard output, which is a terminal; pipe it on, or name a file")
        self.to_stdout = self._new_folder() / f"output{suffix}"
        self._given[str(self.to_stdout)] = "standard output"
        return self.to_stdout

    def _is_fetched(self, path: Path) -> bool:
        """Whether a file is a copy of what came from elsewhere."""
        return self._folder is not None and self._folder in path.parents

    def _new_folder(self) -> Path:
        """A folder of its own for a file that is fetched, or that is sent on."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="photostyle-"))
        return Path(tempfile.mkdtemp(dir=self._folder))
