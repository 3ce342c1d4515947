"""What is to be done: one job an output, and whatever cannot work is refused before anything starts."""

import os
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from photostyle.batch import remote
from photostyle.batch.inputs import Found, check_file, find_photos
from photostyle.batch.manifest import FILE_COLUMNS, option_columns, read_rows, with_options
from photostyle.options import Options
from photostyle.errors import OptionError, PhotostyleError
from photostyle.photo.formats import format_for_writing

FIELDS = ("reldir", "stem", "ext", "style")
LOOK = ".look"  # what the name of a measured style ends in
Pairing = Literal["every", "pairwise"]


@dataclass(frozen=True)
class Job:
    """One photo to make.

    Args:
        content, style, content_mask, style_mask: paths or URLs of what is read; the style is a photo or a look.
        output: path or URL of what is written.
        options: of the transfer.
        manner: how the result is written: depth, quality and metadata, as of `write_photo`.
        field: a saved field to render in place of solving (`--set-mode`).
    """

    content: str
    style: str
    output: str
    content_mask: str | None = None
    style_mask: str | None = None
    options: Options = Options()  # noqa: RUF009 (frozen)
    manner: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """All files that the result depends on."""
        return tuple(n for n in (self.content, self.style, self.content_mask, self.style_mask, self.field) if n is not None)


def make_plan(
    contents: Sequence[str],
    output: str | None,
    styles: Sequence[str] = (),
    *,
    style_for: str | None = None,
    content_mask: str | None = None,
    style_mask: str | None = None,
    pairing: Pairing = "every",
    options: Options = Options(),  # noqa: B008 (frozen)
    manner: Mapping[str, Any] | None = None,
    leave_out: Callable[[], frozenset[str]] = frozenset,
) -> list[Job]:
    """One job for each photo to make, in a fixed order.

    Args:
        contents: files, folders, globs and URLs of photos, or CSV manifests.
        output: a template such as "relit/{reldir}/{stem}.{ext}"; fields: `FIELDS`.
        styles: files, folders, globs and URLs; with several, each content is relit by every one, or "pairwise", the
            first by the first and so on.
        style_for: a CSV of content (a name, a path or a glob), style and perhaps style_mask.
        content_mask: a template, as for the output, of a mask for each content; where there is no such file the
            regions are found. style_mask: the mask of the one style.
        options: of all jobs; a manifest's columns go before them. manner: of all jobs, see `Job`.
        leave_out: what is not taken from folders and globs, see `find_photos`.

    Raises:
        OptionError, PhotoError: one line for the first thing that cannot work.
    """
    for template in filter(None, (output, content_mask)):
        _check_template(template)
    manifests = [c for c in contents if c.lower().endswith(".csv")]
    photos = find_photos([c for c in map(remote.local_path, contents) if not c.lower().endswith(".csv")], leave_out)
    jobs = [job for path in manifests for job in _from_manifest(path, output, styles, style_mask, options)]
    for photo, style, mask in _paired(photos, styles, style_for, style_mask, pairing):
        named = _fields(photo, style)
        ours = content_mask and _filled(content_mask, named)
        ours = ours if ours and (remote.is_url(ours) or os.path.exists(ours)) else None
        jobs.append(Job(photo.path, style, _output(output, named, photo.path), ours, mask, options))
    if not jobs:
        raise OptionError("there is nothing to do; name photos, folders, globs or a CSV manifest")
    _check_looks(jobs)
    _check_outputs(jobs)
    return [replace(job, manner=manner) for job in jobs] if manner else jobs


def _from_manifest(path: str, output: str | None, styles: Sequence[str], style_mask: str | None, options: Options) -> list[Job]:
    jobs = []
    for number, row in enumerate(read_rows(path, FILE_COLUMNS + option_columns(), ("content",)), 2):
        where = f"{path}, row {number}"
        style = row.get("style") or (styles[0] if len(styles) == 1 else None)
        if style is None:
            raise OptionError(f"{where}: no style; fill its column, or give one --style")
        for role in ("content", "style", "content_mask", "style_mask"):
            if role in row:
                check_file(row[role], f"{role.replace('_', ' ')} ({where})")
        between = PurePosixPath(os.path.relpath(row["content"], os.path.dirname(path) or ".")).parent.as_posix()
        named = _fields(Found(row["content"], "" if between in (".", "..") or between.startswith("../") else between), style)
        target = row.get("output") or _output(output, named, row["content"])
        mask = row.get("style_mask") or (style_mask if "style" not in row else None)
        changed = with_options(options, row, where)
        jobs.append(Job(row["content"], style, target, row.get("content_mask"), mask, changed))
    return jobs


def _paired(
    photos: list[Found], styles: Sequence[str], style_for: str | None, mask: str | None, pairing: Pairing
) -> list[tuple[Found, str, str | None]]:
    """(content, style, style mask) of each job that comes from no manifest."""
    chosen = [found.path for found in find_photos(map(remote.local_path, styles))]
    if mask is not None:
        check_file(mask, "style mask")
        if len(chosen) != 1:
            raise OptionError(f"--style-mask is for one style, got {len(chosen)}; use a manifest's style_mask column")
    if style_for is not None:
        rows = read_rows(style_for, ("content", "style", "style_mask"), ("content", "style"))
        return [(photo, *_style_of(photo, rows, chosen, mask, style_for)) for photo in photos]
    if photos and not chosen:
        raise OptionError("no style; give --style, --style-for or a manifest with a style column")
    if pairing == "pairwise":
        if len(photos) != len(chosen):
            raise OptionError(f"pairwise needs as many styles as photos, got {len(chosen)} and {len(photos)}")
        return [(photo, style, mask) for photo, style in zip(photos, chosen, strict=True)]
    return [(photo, style, mask) for photo in photos for style in chosen]


def _style_of(photo: Found, rows: list[dict[str, str]], chosen: list[str], mask: str | None, csv: str):
    """The first row whose content is the photo's path or name, or a glob of it."""
    folder = os.path.dirname(csv)
    for row in rows:
        asked = row["content"]
        plain = asked if remote.is_url(asked) else os.path.relpath(asked, folder or ".")
        below = str(PurePosixPath(photo.reldir) / os.path.basename(photo.path))
        names = (photo.path, below, os.path.basename(photo.path))
        if _same(asked, photo.path) or any(n == plain or fnmatch(n, plain) for n in names):
            return check_file(row["style"], f"style ({csv})"), row.get("style_mask")
    if len(chosen) != 1:
        raise OptionError(f"{photo.path}: no row of {csv} is for it; add one, or give one --style for the rest")
    return chosen[0], mask


def _same(a: str, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def _check_template(template: str) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise OptionError(f"{template!r} is no template ({error}); write {{{{ for a brace itself") from None
    for name in names:
        if name not in FIELDS:
            raise OptionError(f"{template!r} has an unknown field {name!r}; the fields are {', '.join(FIELDS)}")


def _fields(photo: Found, style: str) -> dict[str, str]:
    name = PurePosixPath(photo.path.replace(os.sep, "/")).name
    stem, suffix = os.path.splitext(name)
    return {"reldir": photo.reldir, "stem": stem, "ext": suffix[1:], "style": os.path.splitext(os.path.basename(style))[0]}


def _output(template: str | None, named: dict[str, str], content: str) -> str:
    if template is None:
        raise OptionError("no output; give --output, such as 'relit/{reldir}/{stem}.{ext}'")
    try:
        format_for_writing(Path(f"x.{named['ext']}"))
    except PhotostyleError:
        named = {**named, "ext": "png"}  # what can be read but not written, such as camera raw
    return _filled(template, named)


def _filled(template: str, named: dict[str, str]) -> str:
    text = template.format(**named)
    if not remote.is_url(text):
        return os.path.normpath(remote.local_path(text))
    scheme, _, path = text.partition("://")
    if scheme == "file":
        return os.path.normpath(remote.local_path(text))
    return f"{scheme}://{'/'.join(part for part in path.split('/') if part)}"


def _check_looks(jobs: list[Job]) -> None:
    for job in jobs:
        if job.style.lower().endswith(LOOK) and (job.style_mask or job.options.solver == "pixel"):
            what = f"style mask {job.style_mask}" if job.style_mask else "solver pixel"
            raise OptionError(f"{job.style}: a look is its statistics alone and takes no {what}; give the photo instead")


def _check_outputs(jobs: list[Job]) -> None:
    """Refuse outputs that no format writes, that are inputs, or that two jobs share on some file system."""
    inputs = {_identity(name): name for job in jobs for name in job.inputs}
    real = {key for name in inputs.values() if (key := _inode(name))}
    taken: dict[str, Job] = {}
    for job in jobs:
        format_for_writing(Path(PurePosixPath(job.output).name))
        key = _identity(job.output)
        if key in inputs or _inode(job.output) in real:
            raise OptionError(f"{job.output}: is also an input; originals are never overwritten, choose another --output")
        other = taken.setdefault(_folded(key), job)
        if other is not job:
            raise OptionError(_clash(job, other))


def _clash(job: Job, other: Job) -> str:
    same = job.output == other.output
    how = "would both be written to" if same else f"would be written to {other.output} and"
    who = f"{other.content} and {job.content}" if other.content != job.content else f"{job.content} with two styles"
    advice = "add {style} to the template" if other.content == job.content else "add {reldir}, {ext} or {style} to the template"
    return f"{who} {how} {job.output}{'' if same else ', which are one file where case does not count'}; {advice}"


def _identity(name: str) -> str:
    return name if remote.is_url(name) else os.path.realpath(name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _inode(name: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(name)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def root_of(template: str) -> str:
    """The folder of an output template before its first field.

    >>> root_of("relit/{reldir}/{stem}.{ext}"), root_of("{stem}-relit.jpg")
    ('relit', '.')
    """
    fixed = template.partition("{")[0] if "{" in template else template
    head = fixed.rpartition("/")[0] if remote.is_url(fixed) else os.path.dirname(fixed)
    return head or "."
