"""The files of `photostyle run`: what it reads, as it was typed and on this machine, and what it writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.option_sources import Given
from photostyle.errors import OptionError


@dataclass(frozen=True)
class Inputs:
    """The files that a run reads, as they were typed or as a recipe names them; and what is said of that."""

    content: str
    style: str | None
    content_mask: str | None
    style_mask: str | None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, typed: Mapping[str, str | None], given: Given, instead: str | None = None) -> "Inputs":
        """Those that were typed before those of the recipe; a mask of the recipe only with the recipe's own photo.

        Args:
            typed: by role.
            given: what files say.
            instead: the file that the method works by in place of a style, if it does.
        """
        files = dict(typed)
        notes = list(given.notes)
        if given.recipe is not None:
            for role in ("content", "style"):
                mask = given.recipe.inputs.get(f"{role}_mask")
                if mask is not None and files[role] is None and files[f"{role}_mask"] is None:
                    files[f"{role}_mask"] = mask
                elif mask is not None and files[f"{role}_mask"] is None:
                    notes.append(f"the {role} is not the recipe's, so its {role} mask {mask} is left out")
                files[role] = files[role] or given.recipe.inputs.get(role)
        if instead is not None and (files["style"] or files["style_mask"]):
            other = files["style"] or files["style_mask"]
            raise OptionError(f"{other} is one file too many: the style is that of the network {instead}; leave it out")
        if files["content"] is None or (files["style"] is None and instead is None):
            raise OptionError(_missing(files["content"], files["style"] or instead))
        return cls(files["content"], files["style"], files["content_mask"], files["style_mask"], tuple(notes))

    def record(self) -> dict[str, str | None]:
        """Each of them by its role."""
        return {"content": self.content, "style": self.style, "content_mask": self.content_mask, "style_mask": self.style_mask}


@dataclass(frozen=True)
class LocalInputs:
    """The same files on this machine."""

    content: Path
    style: Path | None
    content_mask: Path | None
    style_mask: Path | None
    more_photos: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Inputs, files: Files, more_photos: Sequence[str] = ()) -> "LocalInputs":
        """Looked up, or fetched; with them further photos that the method reads, by the names that the options have."""
        content = files.photo(inputs.content, "content")
        style = None
        if inputs.style is not None:
            style = files.style(inputs.style)
        content_mask = files.mask(inputs.content_mask, "content mask")
        style_mask = files.mask(inputs.style_mask, "style mask")
        more = {name: str(files.photo(name, "style")) for name in more_photos}
        files.check_photos()
        return cls(content, style, content_mask, style_mask, more)


@dataclass(frozen=True)
class Outputs:
    """The files that a run writes; None for those that were not asked for."""

    photo: Path
    compare: Path | None
    report: Path | None
    transform: Path | None

    @property
    def need_the_content(self) -> bool:
        """Whether one of them shows the photo as it was."""
        return self.compare is not None or self.report is not None

    def check(self, files: Files) -> None:
        """Fail now, not after the work, where one of those beside the photo cannot be written."""
        from photostyle.photo.writing import check_format

        for path in (self.compare, self.report, self.transform):
            files.optional_target(path)
        if self.transform is not None:
            out.check_suffix(self.transform, ".safetensors", "a transform")
        if self.report is not None and self.report.suffix.lower() not in (".html", ".htm"):
            out.check_suffix(self.report, ".html", "a report")
        if self.compare is not None:
            check_format(self.compare)

    def record(self) -> dict[str, str | None]:
        """The paths as plain data, but for the photo's."""
        record: dict[str, str | None] = {"compare": None, "report": None, "transform": None}
        for name in record:
            path = getattr(self, name)
            if path is not None:
                record[name] = str(path)
        return record


def _missing(content: str | None, style: str | None) -> str:
    """What to say where a photo is missing."""
    lacks = "STYLE is"
    if content is None:
        lacks = "CONTENT is"
        if style is None:
            lacks = "CONTENT and STYLE are"
    return f"{lacks} missing, as in photostyle run day.jpg sunset.jpg; see photostyle run --help"
