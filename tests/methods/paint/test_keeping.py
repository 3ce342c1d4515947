"""A painting that ends early keeps what it has, and goes on from its state as if it had never ended."""

import numpy as np
import pytest

from photostyle import transfer
from photostyle.errors import FileError
from photostyle.events import CancelToken

generator = np.random.default_rng(0)
PHOTO, PAINTING = (generator.random((48, 64, 3)).astype(np.float32) for _ in range(2))
SETTINGS = {"method": "paint", "size": 180, "steps": 9, "encoder": "compact"}


def ended_at(step):
    """A token, and a callback that finishes it at a step."""
    token = CancelToken()

    def callback(event):
        if event.stage == "solve" and event.step == step and event.total > 1:
            token.finish()

    return {"cancel": token, "callback": callback}


@pytest.mark.parametrize("step", [2, 5])
def test_a_painting_goes_on_from_its_state(tmp_path, step):
    whole = transfer(PHOTO, PAINTING, **SETTINGS)
    state = tmp_path / "new/state.safetensors"
    part = transfer(PHOTO, PAINTING, resume=state, **ended_at(step), **SETTINGS)
    assert len(part.history) == step and f"stopped at step {step} of 9" in part.notes
    assert np.abs(part.photo.pixels - PHOTO).mean() > 0.01
    again = transfer(PHOTO, PAINTING, resume=state, **SETTINGS)
    assert np.array_equal(again.photo.pixels, whole.photo.pixels) and again.history == whole.history
    once_more = transfer(PHOTO, PAINTING, resume=state, **SETTINGS)
    assert np.array_equal(once_more.photo.pixels, whole.photo.pixels)


def test_a_state_of_another_painting_is_refused(tmp_path):
    state = tmp_path / "state.safetensors"
    transfer(PHOTO, PAINTING, resume=state, **ended_at(2), **SETTINGS)
    with pytest.raises(FileError, match=r"is the state of another painting \(its brush is 1.0, not 2.0\)"):
        transfer(PHOTO, PAINTING, resume=state, brush=2.0, **SETTINGS)
    with pytest.raises(FileError, match="is the state of another painting"):
        transfer(PAINTING, PAINTING, resume=state, **SETTINGS)
    state.write_bytes(b"nothing of the kind")
    with pytest.raises(FileError, match="is no painting of photostyle"):
        transfer(PHOTO, PAINTING, resume=state, **SETTINGS)
