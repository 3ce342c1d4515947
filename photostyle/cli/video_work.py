"""What `photostyle video` does with each clip, and what it says of it."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photostyle.cli.files import Files
from photostyle.clip_files import is_clip
from photostyle.errors import FileError
from photostyle.events import ProgressCallback, Tell
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.cli.video_files import ClipJob
    from photostyle.clip_options import ClipOptions, Selection
    from photostyle.video.outcome import ClipResult
    from photostyle.video.wanted import Wanted


@dataclass(frozen=True)
class Wishes:
    """What was typed of the look; see `photostyle.video.wanted.Wanted`."""

    style: Path | None
    style_mask: Path | None
    masks: Path | None
    found: Path | None
    save: Path | None

    def wanted(self, steady: float | None) -> "Wanted":
        """As the library takes it; a style that is a video is opened."""
        from photostyle.video.reading import VideoFile
        from photostyle.video.wanted import Wanted

        style = VideoFile(self.style) if self.style is not None and is_clip(str(self.style)) else self.style
        return Wanted(style, self.style_mask, self.masks, steady, self.found, self.save)

    def __str__(self) -> str:
        return str(self.style or self.found or "a trained network")


@dataclass(frozen=True)
class ClipWork:
    """What is the same for all clips of a command, and how it talks."""

    wishes: Wishes
    options: Options
    clip: "ClipOptions"
    as_json: bool
    quiet: bool
    files: Files

    def do(self, job: "ClipJob", callback: ProgressCallback) -> None:
        """Make a clip, and say so."""
        from photostyle.video.story import relight_clip

        if job.is_there:
            sys.stderr.write(f"{job.output}: there already; left as it is\n")
            return
        clip = job.opened()
        result = relight_clip(
            clip,
            self.wishes.wanted(self.clip.steady),
            job.output,
            selection=self.clip.selection,
            wish=self.clip.wish,
            options=self.options,
            callback=callback,
        )
        if self.as_json:
            self.files.stdout.write(json.dumps(self._record(job, result)) + "\n")
            return
        if not self.quiet:
            self._say_facts(result)
        self.files.say([result.output])

    def say_plan(self, job: "ClipJob") -> None:
        """Say what would be done with a clip."""
        from photostyle.video.story import plan_of

        clip = job.opened()
        plan = plan_of(clip, job.output, self.clip.selection, self.clip.wish)
        notes = [*clip.notes, *plan.notes]
        if self.as_json:
            record = {"dry_run": True, "content": job.name, "output": job.output, **plan.record(), "notes": notes}
            sys.stdout.write(json.dumps(record) + "\n")
            return
        facts = plan.record()
        lines = [
            f"content  {job.name}, {clip.size[0]} x {clip.size[1]}, {float(clip.end):.2f} s",
            f"style    {self.wishes}",
            f"frames   {facts['frames']} of {len(clip.times)}, {facts['width']} x {facts['height']}",
            f"encoder  {facts['encoder']} {facts['pixels']}".rstrip(),
            f"output   {job.output}",
            *(f"note: {note}" for note in notes),
            "a dry run: nothing was written",
        ]
        sys.stdout.write("\n".join([*lines, ""]))

    def _record(self, job: "ClipJob", result: "ClipResult") -> dict[str, Any]:
        width, height = result.size
        seconds = {stage: round(spent, 3) for stage, spent in result.seconds.items()}
        record = {"content": job.name, "output": str(result.output), "frames": result.frames, "width": width, "height": height}
        return {**record, "encoder": result.encoder, "kept": result.kept, "seconds": seconds, "notes": list(result.notes)}

    def _say_facts(self, result: "ClipResult") -> None:
        stream = self.files.stdout
        made = result.frames - result.kept
        spent = result.seconds
        rendering = max(spent.get(stage, 0.0) for stage in ("decode", "render", "encode"))
        line = f"{result.frames} frames of {result.size[0]} x {result.size[1]}"
        if result.encoder:
            line += f" by {result.encoder}"
        if made and rendering:
            line += f"; {made / rendering:.1f} frames/s"
        stream.write(f"{line}\n")
        for note in result.notes:
            stream.write(f"note: {self.files.as_given(note)}\n")


def write_key_frames(
    job: "ClipJob", folder: Path, selection: "Selection", files: Files, callback: ProgressCallback
) -> list[Path]:
    """Write the frames of a clip whose masks are worth painting.

    Raises:
        PhotostyleError: the clip cannot be read, or the folder holds something already.
    """
    from photostyle.video.hand_masks import write_frames_to_paint

    if not files.overwrite and folder.is_dir() and any(os.scandir(folder)):
        raise FileError(f"{folder}: holds something already; give another folder", option="overwrite")
    clip = job.opened()
    start, stop = selection.frames_of(clip.times, clip.end)
    return write_frames_to_paint(clip, folder, Tell(callback), start, stop)
