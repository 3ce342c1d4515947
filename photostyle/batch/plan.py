"""What is to be done: one job an output, and whatever cannot work is refused before anything starts."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from photostyle.batch import remote
from photostyle.batch.clips import check_clip_options, check_clips
from photostyle.batch.content_masks import masks_of_photos
from photostyle.batch.inputs import FoundPhoto, check_exists, find_photos
from photostyle.batch.job import Job
from photostyle.batch.manifest import (
    CLIP_COLUMNS,
    FILE_COLUMNS,
    WRITING_COLUMNS,
    option_columns,
    read_rows,
    with_clip_options,
    with_options,
    with_writing,
)
from photostyle.batch.output_checks import check_outputs
from photostyle.batch.output_names import as_template, check_template, output_name, template_values
from photostyle.batch.style_choice import Pairing, choose_styles
from photostyle.clip_files import is_clip
from photostyle.clip_options import ClipOptions
from photostyle.errors import OptionError
from photostyle.events import unheard
from photostyle.option_text import Writing
from photostyle.options import Options
from photostyle.registry import find_method


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
    writing: Writing | None = None,
    clips: ClipOptions = ClipOptions(),  # noqa: B008 (frozen)
    transform: str | None = None,
    leave_out: Callable[[], frozenset[str]] = frozenset,
    tell: Callable[[str], None] = unheard,
) -> list[Job]:
    """One job for each photo or clip to make, in a fixed order.

    Args:
        contents: files, folders, globs and URLs of photos and clips, or CSV manifests.
        output: a template such as "relit/{reldir}/{stem}.{ext}", whose fields are `output_names.FIELDS`; or a folder.
        styles: files, folders, globs and URLs.
        style_for: a CSV of content (a name, a path or a glob), style and perhaps style_mask.
        content_mask: a template, as for the output, of a mask for each content, or a folder with a mask of each one's name;
            regions are found where there is no such file. A clip takes a folder of masks for some of its frames.
        style_mask: the mask of the one style.
        pairing: with several styles, each content is relit by "every" one; or "pairwise", the first by the first and so on.
        options: of all jobs; a manifest's columns come before them.
        writing: how all photos are written, as `write_photo` takes it; a manifest's columns come before it.
        clips: how all clips are made; a manifest's columns come before it.
        transform: what was found for a clip, for all of these in place of a style.
        leave_out: what is not taken from folders and globs, see `find_photos`.
        tell: is told in a line what else was left out of them.

    Raises:
        OptionError, PhotoError, FileError: one line for the first thing that cannot work.
    """
    if output:
        output = as_template(output)
    for template in (output, content_mask):
        if template:
            check_template(template)
    named_photos = []
    manifests = []
    for content in contents:
        if content.lower().endswith(".csv"):
            manifests.append(content)
        else:
            named_photos.append(remote.local_path(content))
    photos = find_photos(named_photos, leave_out, tell, clips=True)
    instead = _in_place_of_styles(options, transform)
    if instead is not None:
        if styles or style_for or style_mask:
            kind = "network" if transform is None else "transform"
            raise OptionError(f"the style is that of the {kind} {instead}, got another; leave it out", option="style")
        styles = (instead,)
    options = _with_photos_found(options)
    common = _Common(output, tuple(styles), style_mask, options, writing or {}, clips, transform)
    jobs: list[Job] = []
    for manifest in manifests:
        jobs += common.jobs_of_manifest(manifest)
    chosen = choose_styles(photos, styles, style_for=style_for, style_mask=style_mask, pairing=pairing, tell=tell)
    all_values = [template_values(styled.photo, styled.style) for styled in chosen]
    named = [(styled.photo.path, values) for styled, values in zip(chosen, all_values, strict=True)]
    masks = masks_of_photos(content_mask, named, tell)
    for styled, values, mask in zip(chosen, all_values, masks, strict=True):
        jobs.append(
            Job(
                content=styled.photo.path,
                style=styled.style,
                output=output_name(output, values),
                content_mask=mask,
                style_mask=styled.style_mask,
                options=options,
                writing=common.writing,
                transform_file=transform,
                clip=clips if is_clip(styled.photo.path) else ClipOptions(),
            )
        )
    if not jobs:
        raise OptionError("there is nothing to do; name photos, folders, globs or a CSV manifest")
    _check_looks(jobs)
    check_clip_options(jobs, clips.given(), transform)
    check_clips(jobs)
    check_outputs(jobs)
    return jobs


def _in_place_of_styles(options: Options, transform: str | None) -> str | None:
    """The file that says what is wanted where no style does: a network's own, or what was found for a clip."""
    network = options.settings.style_file()
    if network is not None and transform is not None:
        raise OptionError("a saved transform and a network are both given; leave one out", option="transform")
    return network or transform


@dataclass(frozen=True)
class _Common:
    """What holds for the rows of manifests that do not say otherwise."""

    output: str | None
    styles: tuple[str, ...]
    style_mask: str | None
    options: Options
    writing: Writing
    clips: ClipOptions
    transform: str | None

    def jobs_of_manifest(self, path: str) -> list[Job]:
        """One job a row."""
        columns = FILE_COLUMNS + WRITING_COLUMNS + CLIP_COLUMNS + option_columns()
        rows = read_rows(path, columns, ("content",))
        return [self._job(path, row, f"{path}, row {number}") for number, row in enumerate(rows, 2)]

    def _job(self, path: str, row: dict[str, str], where: str) -> Job:
        options = _with_photos_found(with_options(self.options, row, where))
        style = self._style(row, options, where)
        for role in ("content", "style", "content_mask", "style_mask"):
            if role in row:
                check_exists(row[role], f"{role.replace('_', ' ')} ({where})")
        output = row.get("output")
        if output is None or as_template(output) != output:
            template = self.output
            if output is not None:
                template = as_template(output)
            photo = FoundPhoto(row["content"], _folders_below(path, row["content"]))
            output = output_name(template, template_values(photo, style))
        style_mask = row.get("style_mask")
        if style_mask is None and "style" not in row:
            style_mask = self.style_mask
        return Job(
            content=row["content"],
            style=style,
            output=output,
            content_mask=row.get("content_mask"),
            style_mask=style_mask,
            options=options,
            writing=with_writing(self.writing, row, where),
            transform_file=self.transform,
            clip=with_clip_options(self.clips if is_clip(row["content"]) else ClipOptions(), row, where),
        )

    def _style(self, row: dict[str, str], options: Options, where: str) -> str:
        instead = _in_place_of_styles(options, self.transform)
        if instead is not None:
            return instead
        if "style" in row:
            return row["style"]
        if len(self.styles) != 1:
            raise OptionError(f"{where}: no style; fill its column, or name one style for all rows", option="style")
        return self.styles[0]


def _folders_below(manifest: str, content: str) -> str:
    """The folders between a manifest and a photo that it names; "" for a photo beside it, or elsewhere."""
    relative = os.path.relpath(content, os.path.dirname(manifest) or ".")
    folders = PurePosixPath(relative).parent.as_posix()
    if folders in (".", "..") or folders.startswith("../"):
        return ""
    return folders


def _with_photos_found(options: Options) -> Options:
    """The options, with the one file that each glob among their further photos stands for.

    Raises:
        OptionError, PhotoError: there is no such file, or several match.
    """
    return options.changed(settings=options.settings.with_photos_at(_one_photo))


def _one_photo(name: str) -> str:
    name = remote.local_path(name)
    if remote.is_url(name):
        return name
    found = find_photos([name])
    if len(found) > 1:
        raise OptionError(f"{name}: {len(found)} photos match, such as {found[0].path} and {found[1].path}; name one of them")
    return found[0].path


def _check_looks(jobs: Sequence[Job]) -> None:
    """Refuse looks where the photo of the style is needed."""
    for job in jobs:
        if not job.style_is_look:
            continue
        if job.style_mask:
            needs = f"style mask {job.style_mask}"
        elif not find_method(job.options.method).takes_looks:
            needs = f"method {job.options.method}"
        else:
            continue
        raise OptionError(f"{job.style}: a look is its statistics alone and takes no {needs}; give the photo instead")
