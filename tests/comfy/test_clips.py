"""A batch as the frames of one film: one transform, so that what stays the same comes out the same in each frame."""

import numpy as np
import pytest
import torch

from photostyle.comfy.applying import APPLY
from photostyle.comfy.clips import SOLVE_CLIP
from photostyle.comfy.transform_files import LOAD_TRANSFORM, SAVE_TRANSFORM
from photostyle.errors import PhotostyleError

QUICK = {"segmenter": "none", "steps": 2, "size": 64}
_coarse = torch.rand(1, 3, 5, 9, generator=torch.Generator().manual_seed(5))
WHOLE = torch.nn.functional.interpolate(_coarse, (48, 96), mode="bilinear")[0].movedim(0, -1)
FRAMES = torch.stack([WHOLE[:, place : place + 80] for place in range(5)])
DUSK = FRAMES[:1].flip(2) * torch.tensor([1.0, 0.6, 0.4])


@pytest.fixture
def solved(comfyui):
    with torch.inference_mode():
        return SOLVE_CLIP(frames=FRAMES, style=DUSK, **QUICK)[0]


def test_a_clip_does_not_flicker(solved):
    image, _ = APPLY(image=FRAMES, transform=solved)
    assert image.shape == FRAMES.shape and (image - FRAMES).abs().mean() > 0.01
    moved = [image[number, :, 4 - number : 80 - number] for number in range(5)]  # the same part of the scene in each frame
    assert max(float((each - moved[0]).abs().max()) for each in moved) < 0.01
    assert torch.equal(APPLY(image=FRAMES, transform=solved, strength=0.0)[0], FRAMES)


def test_another_number_of_frames_is_refused(solved):
    with pytest.raises(
        PhotostyleError, match=r"for a clip of 5 frames, and these are 3; solve them, or force it \(input force\)"
    ):
        APPLY(image=FRAMES[:3], transform=solved)
    assert APPLY(image=FRAMES[:3], transform=solved, force=True)[0].shape == (3, 48, 80, 3)
    with pytest.raises(PhotostyleError, match="no region is called 'sky'"):
        APPLY(image=FRAMES, transform=solved, strength_by_region="sky=0.5")


def test_alpha_of_frames_comes_back(solved):
    alpha = torch.rand(5, 48, 80, 1)
    image, _ = APPLY(image=torch.cat([FRAMES, alpha], 3), transform=solved)
    assert torch.equal(image[..., 3:], alpha)


def test_a_mask_of_the_first_frame_is_carried_on(comfyui):
    mask = torch.zeros(1, 48, 80)
    mask[:, :24] = 1
    found, _ = SOLVE_CLIP(frames=FRAMES, style=DUSK, masks=mask, style_mask=mask, **QUICK)
    assert found.names == ("region", "rest")
    image, _ = APPLY(image=FRAMES, transform=found, strength_by_region="rest=0")
    changed = (image - FRAMES).abs().mean((0, 3))
    assert changed[:16].mean() > 5 * changed[32:].mean()


def test_a_clips_transform_is_kept_in_a_file(solved):
    (file,) = SAVE_TRANSFORM(transform=solved, prefix="photostyle/clip")
    (kept,) = LOAD_TRANSFORM(transform=f"{file} [output]")
    made = [APPLY(image=FRAMES, transform=each)[0].numpy() for each in (solved, kept)]
    assert np.abs(made[0] - made[1]).max() < 1e-3


def test_style_and_look_are_asked_for(comfyui):
    with pytest.raises(PhotostyleError, match="connect a style or a look, got none of them"):
        SOLVE_CLIP(frames=FRAMES)
    with pytest.raises(PhotostyleError, match="a clip takes the light of one picture, got a batch of 2"):
        SOLVE_CLIP(frames=FRAMES, style=FRAMES[:2], **QUICK)
