"""Projects as files: a pair of photos with what was chosen, their masks, and the transform that was found.

A ZIP of project.json, masks/DIGEST.json and, of each result, transforms/ID.safetensors. The photos themselves are not in it:
they are found by the digest of their files, by their paths, or by their names.
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
KIND, VERSION = "photostyle project", 2  # of one result before 2
MOST_BYTES = 1 << 30  # of all that a project holds, unpacked
_MOST_FILES = 16
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
        transforms: the files of transforms that were found, by their ids.
        facts: what is known of each of them.
    """

    work: Work
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    transforms: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def data(self) -> bytes:
        """The content of its file."""
        about = {
            "kind": KIND,
            "version": VERSION,
            "work": self.work.as_record(),
            "facts": {id: dict(each) for id, each in self.facts.items()},
        }
        files = {"project.json": json.dumps(about, indent=1).encode()}
        for digest, record in self.masks.items():
            files[f"masks/{digest}.json"] = json.dumps(record).encode()
        for id, data in self.transforms.items():
            files[f"transforms/{id}.safetensors"] = data
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
            transforms = {}
            for member in archive.namelist():
                if match := _MASK.fullmatch(member):
                    masks[match[1]] = check_record(json.loads(_read(archive, member)))
                if (match := _TRANSFORM.fullmatch(member)) and match[1] in work.transforms:
                    transforms[match[1]] = _read(archive, member)
            told = about["facts"] if about["version"] > 1 else dict.fromkeys(transforms, about["facts"])
            return Project(work, masks, transforms, {id: _facts(told[id]) for id in transforms})
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


def _facts(facts: Any) -> dict[str, Any]:
    """What is known of a transform; raises what `_BROKEN` lists where it is not that."""
    if not isinstance(facts["notes"], list):
        raise TypeError("notes must be a list")
    notes = [str(note) for note in facts["notes"]]
    return {"digest": str(facts["digest"]), "content": str(facts["content"]), "notes": notes}
