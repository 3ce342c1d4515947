"""Projects saved from the desk, and opened on it."""

from pathlib import Path
from typing import Any

from photostyle.errors import FileError
from photostyle.studio.desk import Desk
from photostyle.studio.project_file import MOST_BYTES, SUFFIX, Project, read_project
from photostyle.studio.shelf import Item
from photostyle.studio.works import PhotoRecord, Work


def photo_record(desk: Desk, item: Item) -> PhotoRecord:
    """By what a photo of the desk is found again; raises NotThere where its file has gone."""
    path = None if item.brought else str(item.path)
    return PhotoRecord(item.name, path, desk.shelf.digest(item), item.path.stat().st_size, item.id)


def save_project(desk: Desk, content: Item, style: Item) -> tuple[bytes, str]:
    """The file of the project of two photos, and a name for it."""
    photos = photo_record(desk, content), photo_record(desk, style)
    work = desk.works.of(*photos)
    work = Work(*photos, work.choices if work else {})
    masks: dict[str, Any] = {}
    for item, photo in ((content, photos[0]), (style, photos[1])):
        mask = desk.painted(item)
        if mask is not None:
            masks[photo.digest] = {"photo": {"name": photo.name, "size": list(desk.photo(item).size)}, **mask.record}
    work = work.with_transforms(desk.has_transform)
    transforms = {}
    facts = {}
    for id in work.transforms:
        transforms[id], facts[id] = desk.transform_file(id)
    return Project(work, masks, transforms, facts).data(), f"{Path(content.name).stem}-{Path(style.name).stem}{SUFFIX}"


def open_project(desk: Desk, data: bytes, name: str, folder: Path | None = None, *, only_find: bool = False) -> dict[str, Any]:
    """Put a project on the desk: its masks take the place of those that its photos have.

    Args:
        desk: where it goes.
        data: the file's content.
        name: of the file, for messages.
        folder: where the file lies, if whoever started the studio named it: then photos are opened at their paths, too, and
            beside it. What a page sends opens no path.
        only_find: find its photos alone; what was done with them is here already.

    Returns:
        The ids of `content` and `style`, None for one that is not here; and notes, such as which photo was moved or changed.

    Raises:
        FileError: it is no project.
    """
    project = read_project(data, name)
    if not only_find:
        _put(desk, project)
    notes: list[str] = []
    ids = {}
    for role, photo in (("content", project.work.content), ("style", project.work.style)):
        item = _photo_of(desk, photo, folder, notes)
        ids[role] = item.id if item else None
    return {**ids, "notes": notes}


def _put(desk: Desk, project: Project) -> None:
    for digest, record in project.masks.items():
        desk.masks.put_record(digest, record)
    for id, data in project.transforms.items():
        desk.put_transform(id, data, project.facts[id])
    desk.works.put(project.work)


def open_project_file(desk: Desk, path: Path) -> dict[str, Any]:
    """Put a project on the desk that whoever started the studio named; as `open_project`.

    Where the studio was open with it before, and more was done since it was saved, that is kept.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(f"{path}: is too large for a project; save one in the studio")
        data = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}); give a project that the studio saved") from error
    kept = desk.shelf.room.folder / "works.json"
    is_later = kept.is_file() and kept.stat().st_mtime > path.stat().st_mtime
    return open_project(desk, data, path.name, path.resolve().parent, only_find=is_later)


def _photo_of(desk: Desk, photo: PhotoRecord, folder: Path | None, notes: list[str]) -> Item | None:
    """The photo of a record; a line is added to the notes where it was moved, has changed or is not here."""
    lay = f"; it lay at {photo.path}" if photo.path else ""
    if folder is not None:
        for path in (photo.path, folder / photo.name):
            item = desk.shelf.name(Path(path)) if path else None
            if item is not None and desk.shelf.digest(item) == photo.digest:
                if photo.path != str(item.path):
                    notes.append(f"{photo.name} was moved to {item.path.parent}{lay}")
                return item
    item = desk.shelf.with_digest(photo.digest, photo.name, photo.length)
    if item is not None:
        if item.name != photo.name:
            notes.append(f"{photo.name} is called {item.name} now")
        return item
    for item in desk.shelf.items():
        if item.name == photo.name and not item.brought:
            notes.append(
                f"{photo.name} has changed since the project was saved; see whether its mask still fits, and solve again"
            )
            return item
    notes.append(f"{photo.name} is not here{lay}; bring it to the page, and its mask and pairs are back")
    return None
