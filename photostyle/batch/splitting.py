"""Long clips by several workers: an engine that makes of a clip's task many, which any other engine's workers carry out.

A clip is prepared by one worker: its shots are found, and what is given to each. Its segments are then rendered by as many as
there are, and one joins them. They meet in the folder beside the output, so both must lie where all workers reach them. To the
scheduler it stays one task: it ends once, and where a worker dies it is given again and goes on with the segments that are left.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.messages import ClipStep, Engine, Outcome, StageBegun, Task


@dataclass
class _Clip:
    """A clip in work.

    Args:
        task: that the scheduler gave.
        waiting: steps that no worker has yet.
        running: how many have one.
        rendered, total: segments, that are done and of all.
        ended: outcomes of its steps.
        failure: of the first step that failed, or whose worker died.
    """

    task: Task
    waiting: deque[Task] = field(default_factory=deque)
    running: int = 0
    rendered: int = 0
    total: int = 0
    ended: list[Outcome] = field(default_factory=list)
    failure: Outcome | None = None


class SplittingEngine:
    """Gives the segments of clips to several workers of another engine. See `messages.Engine` for what it does.

    Args:
        engine: that carries out all tasks.
        at_once: how many steps of clips it may have at a time, for the memory that they take; None for any number.
    """

    def __init__(self, engine: Engine, at_once: int | None = None) -> None:
        self.engine = engine
        self.lost_together = engine.lost_together
        self.retries = engine.retries
        self._at_once = at_once
        self._clips: dict[int, _Clip] = {}  # by the number of the scheduler's task
        self._given: dict[int, tuple[int, ClipStep | None]] = {}  # number of an inner task -> that of the scheduler's, the step
        self._count = 0

    def has_room(self) -> bool:
        return not any(clip.waiting for clip in self._clips.values()) and self.engine.has_room()

    def submit(self, task: Task) -> None:
        if not can_be_split(task.job):
            self._give(task)
            return
        clip = self._clips[task.number] = _Clip(task)
        clip.waiting.append(replace(task, step="prepare"))
        self._give_waiting()

    def wait(self, seconds: float) -> list[StageBegun | Outcome]:
        events: list[StageBegun | Outcome] = []
        for event in self.engine.wait(seconds):
            if isinstance(event, StageBegun):
                events += self._stage(event)
            else:
                events += self._ended(event)
        self._give_waiting()
        return events

    def close(self) -> None:
        self.engine.close()

    def _give(self, task: Task) -> None:
        self._count += 1
        self._given[self._count] = (task.number, task.step)
        self.engine.submit(replace(task, number=self._count))

    def _give_waiting(self) -> None:
        """Give steps to the engine, until it is full; a clip that was lost before gets one worker at a time."""
        for clip in self._clips.values():
            while clip.waiting and self.engine.has_room() and not self._is_enough(clip):
                clip.running += 1
                self._give(clip.waiting.popleft())

    def _is_enough(self, clip: _Clip) -> bool:
        if clip.task.deaths and self.lost_together:
            return clip.running > 0
        return self._at_once is not None and sum(each.running for each in self._clips.values()) >= self._at_once

    def _stage(self, event: StageBegun) -> Sequence[StageBegun]:
        number, step = self._given[event.number]
        if step == "render":
            return []  # it is told by segments
        return [StageBegun(number, event.stage)]

    def _ended(self, outcome: Outcome) -> Sequence[StageBegun | Outcome]:
        number, step = self._given.pop(outcome.number)
        outcome = replace(outcome, number=number)
        if step is None:
            return [outcome]
        clip = self._clips[number]
        clip.running -= 1
        clip.ended.append(outcome)
        if outcome.status != "made":
            clip.waiting.clear()
            clip.failure = clip.failure or outcome
        if clip.failure is not None:
            return self._finished(clip, clip.failure) if clip.running == 0 else []
        if step == "join" or (step == "prepare" and not outcome.segments):
            return self._finished(clip, outcome)
        if step == "prepare":
            clip.total = len(outcome.segments)
            clip.waiting += [replace(clip.task, step="render", segments=(segment,)) for segment in outcome.segments]
        else:
            clip.rendered += 1
            if clip.rendered == clip.total:
                clip.waiting.append(replace(clip.task, step="join"))
        return [StageBegun(number, f"segments {clip.rendered}/{clip.total}")]

    def _finished(self, clip: _Clip, last: Outcome) -> Sequence[Outcome]:
        """The outcome of a clip's task, from those of its steps."""
        del self._clips[clip.task.number]
        stages: dict[str, float] = {}
        for outcome in clip.ended:
            for stage, spent in outcome.stages.items():
                stages[stage] = round(stages.get(stage, 0.0) + spent, 4)
        notes = tuple(dict.fromkeys(note for outcome in clip.ended for note in outcome.notes))
        return [replace(last, segments=(), seconds=sum(each.seconds for each in clip.ended), stages=stages, notes=notes)]


def can_be_split(job: Job) -> bool:
    """Whether several workers may make a job together: a clip whose files all of them reach by their paths."""
    return job.is_clip and not any(remote.is_url(name) for name in (*job.inputs, job.output))
