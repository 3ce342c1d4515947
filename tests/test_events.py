"""Progress: steps that never fall, seconds that add up, and the ways to stop."""

import pickle
import threading

import pytest

from photostyle import Cancelled, CancelToken, Progress
from photostyle.events import Tell


def test_steps_never_fall_within_a_stage():
    seen = []
    tell = Tell(seen.append)
    for step in (0, 3, 1, 2, 5):
        tell(Progress("solve", step, 5, {"loss": float(step)}))
    tell(Progress("render", 0, 2))
    assert [progress.step for progress in seen] == [0, 3, 3, 3, 5, 0]
    assert [progress.values.get("loss") for progress in seen] == [0, 3, 1, 2, 5, None]


def test_a_stage_begins_at_nothing_ends_full_and_may_be_entered_again():
    seen = []
    tell = Tell(seen.append)
    for _ in range(2):
        with tell.stage("solve"):
            tell(Progress("solve", 2, 4))
    assert [(progress.step, progress.total) for progress in seen] == 2 * [(0, 1), (2, 4), (4, 4)]
    assert list(tell.seconds) == ["solve"] and tell.seconds["solve"] >= 0


def test_a_token_stops_the_work_at_its_next_step_from_any_thread():
    token, seen = CancelToken(), []
    tell = Tell(seen.append, token)
    with tell.stage("solve"):
        tell(Progress("solve", 1, 4))
        stopper = threading.Thread(target=token.cancel)
        stopper.start()
        stopper.join()
        with pytest.raises(Cancelled, match="^cancelled in the stage 'solve', at step 2 of 4$"):
            tell(Progress("solve", 2, 4))
        token = tell.cancel = None
    assert [progress.step for progress in seen] == [0, 1, 4]


def test_what_a_callback_raises_stops_the_stage():
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Tell(stop).stage("solve"):
        raise AssertionError("the stage was entered")


def test_a_record_goes_to_another_process_without_what_is_found_so_far():
    record = Progress("solve", 3, 9, {"loss": 0.5}, so_far=lambda: "a field")
    assert pickle.loads(pickle.dumps(record)) == record and pickle.loads(pickle.dumps(record)).so_far is None
