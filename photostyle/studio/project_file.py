"""Projects as files: a pair of photos with what was chosen, their masks, and the transform that was found.

A ZIP of project.json, masks/DIGEST.json and transforms/ID.safetensors. The photos themselves are not in it: they are found by
the digest of their files, by their paths, or by their names.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from photostyle.errors import FileError, PhotostyleError
from photostyle.studio.kept_masks import check_record
from photostyle.studio.works import Work

SUFFIX = ".photostyle"
KIND, VERSION = "photostyle project", 1
MOST_BYTES = 1 << 30  # of all that a project holds, unpacked
_MOST_FILES = 8
_MASK = re.compile(r"masks/([0-9a-f]{64})\.json")
_TRANSFORM = re.compile(r"transforms/([0-9a-f]{16})\.safetensors")
_WHEN = (1980, 1, 1, 0, 0, 0)  # equal projects make equal files
_BROKEN = (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError, RecursionError, NotImplementedError, OSError)


@dataclass(frozen=True, eq=False)
class Project:
    """What a project holds.

    Args:
        work: the pair of photos and what was chosen.
        masks: records of masks by the digests of their photos' files.
        transform: the file of the transform that was found; None for none.
        facts: what is known of that transform.
    """

    work: Work
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    transform: bytes | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> bytes:
        """The content of its file."""
        about = {"kind": KIND, "version": VERSION, "work": self.work.as_record(), "facts": dict(self.facts)}
        files = {"project.json": json.dumps(about, indent=1).encode()}
        for digest, record in self.masks.items():
            files[f"masks/{digest}.json"] = json.dumps(record).encode()
        if self.transform is not None:
            files[f"transforms/{self.work.transform}.safetensors"] = self.transform
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)
        return stream.getvalue()


def read_project(data: bytes, name: str) -> Project:
    """The project of a file, which anybody may have written.

    Args:
        data: the file's content.
        name: of the file, for messages.

    Raises:
        FileError: it is no project, is broken, or is of a newer version.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > _MOST_FILES or sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                raise ValueError("it holds too much")
            about = json.loads(_read(archive, "project.json"))
            if about["kind"] != KIND:
                raise ValueError("it is of another kind")
            if int(about["version"]) > VERSION:
                raise FileError(f"{name}: is a project of version {about['version']}, newer than {VERSION}; update photostyle")
            work = Work.of_record(about["work"])
            masks = {}
            transform = None
            for member in archive.namelist():
                if match := _MASK.fullmatch(member):
                    masks[match[1]] = check_record(json.loads(_read(archive, member)))
                if (match := _TRANSFORM.fullmatch(member)) and match[1] == work.transform:
                    transform = _read(archive, member)
            facts = about.get("facts", {})
            if transform is not None:
                facts = {"digest": str(facts["digest"]), "content": str(facts["content"]), "notes": _lines(facts["notes"])}
            return Project(work, masks, transform, facts)
    except FileError:
        raise
    except (PhotostyleError, *_BROKEN) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileError(f"{name}: is no project of the studio ({reason}); save one there") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member, of which no more is unpacked than its header claims."""
    length = archive.getinfo(name).file_size
    with archive.open(name) as file:
        return file.read(length)


def _lines(notes: Any) -> list[str]:
    if not isinstance(notes, list):
        raise TypeError("notes must be a list")
    return [str(note) for note in notes]
