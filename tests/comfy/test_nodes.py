"""The nodes, run as ComfyUI runs them: in inference mode, with its folders, its progress bar and its interruption."""

import numpy as np
import pytest
import torch

from photostyle import transfer
from photostyle.comfy.nodes import NODES
from photostyle.errors import PhotostyleError

NODE = {node.id.removeprefix("Photostyle"): node for node in NODES}
QUICK = {"segmenter": "none", "steps": 2, "size": 64}


def picture(seed: int, count: int = 1, channels: int = 3) -> torch.Tensor:
    """(count, 48, 64, channels): soft colours over a dark lower half."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, channels, 4, 5, generator=generator)
    made = torch.nn.functional.interpolate(coarse, (48, 64), mode="bilinear").movedim(1, -1).clone()
    made[:, 24:, :, :3] *= 0.4
    return made


DAY, DUSK = picture(1), picture(2)
TOP = torch.zeros(48, 64)
TOP[:24] = 1


def do(name: str, /, **values):
    with torch.inference_mode():
        return NODE[name](**values)


@pytest.fixture
def solved(comfyui):
    return do("Solve", content=DAY, style=DUSK, **QUICK)[0]


def test_solving_and_applying_is_a_transfer(solved):
    image, _ = do("Apply", image=DAY, transform=solved)
    wanted = transfer(DAY[0].numpy(), DUSK[0].numpy(), **QUICK).photo.pixels
    assert np.abs(image[0].numpy() - wanted.clip(0, 1)).max() < 1e-6
    assert not torch.equal(image, DAY)


def test_strength_0_is_the_picture_to_the_bit(solved):
    assert torch.equal(do("Apply", image=DAY, transform=solved, strength=0.0)[0], DAY)


def test_the_result_has_the_size_of_the_picture_it_is_applied_to(solved):
    large = torch.nn.functional.interpolate(DAY.movedim(-1, 1), (97, 129), mode="bilinear").movedim(1, -1)
    assert do("Apply", image=large, transform=solved)[0].shape == (1, 97, 129, 3)


def test_a_batch_is_kept_and_each_picture_gets_its_own(comfyui):
    batch = picture(3, count=2)
    transforms, _ = do("Solve", content=batch, style=DUSK, **QUICK)
    image, _ = do("Apply", image=batch, transform=transforms)
    assert len(transforms) == 2 and image.shape == batch.shape
    alone, _ = do("Solve", content=batch[1:], style=DUSK, **QUICK)
    assert torch.allclose(image[1:], do("Apply", image=batch[1:], transform=alone)[0], atol=2e-3)
    assert [shown[-1][:2] for shown in comfyui.bars[:1]] == [(1000, 1000)]


def test_alpha_comes_back_to_the_bit(comfyui):
    cut_out = picture(4, channels=4)
    image, _ = do("Apply", image=cut_out, transform=do("Solve", content=cut_out, style=DUSK, **QUICK)[0])
    assert torch.equal(image[..., 3], cut_out[..., 3]) and not torch.equal(image[..., :3], cut_out[..., :3])


def test_another_picture_is_refused_by_the_name_of_the_input(solved):
    with pytest.raises(PhotostyleError, match=r"this is another photo; fit one .* or force it \(input force\)"):
        do("Apply", image=1 - DAY, transform=solved)
    image, notes = do("Apply", image=1 - DAY, transform=solved, force=True)
    assert "masks are those of" in notes and image.shape == DAY.shape


def test_a_mask_says_where_it_acts(solved):
    whole, _ = do("Apply", image=DAY, transform=solved)
    image, _ = do("Apply", image=DAY, transform=solved, mask=TOP)
    assert torch.allclose(image[:, :24], whole[:, :24], atol=1e-6) and torch.equal(image[:, 24:], DAY[:, 24:])
    nowhere, _ = do("Apply", image=DAY, transform=solved, mask=torch.zeros(48, 64))
    assert torch.equal(nowhere, DAY)


def test_masks_of_content_and_style_pair_by_what_they_mark(comfyui):
    transforms, notes = do("Solve", content=DAY, style=DUSK, content_mask=TOP, style_mask=TOP[None], **QUICK)
    pairs = {pair.content: pair.style for pair in transforms[0].provenance.pairs}
    assert pairs == {"region": "region", "rest": "rest"}
    image, _ = do("Apply", image=DAY, transform=transforms, strength_by_region="rest=0")
    assert torch.allclose(image[:, 34:], DAY[:, 34:], atol=1e-3) and not torch.allclose(image[:, :14], DAY[:, :14], atol=1e-2)
    with pytest.raises(PhotostyleError, match="no region is called 'sea'; the regions are region, rest"):
        do("Apply", image=DAY, transform=transforms, luma_by_region="sea=0.5")
    with pytest.raises(PhotostyleError, match=r"must be amounts by name such as sky=0.4,sea=0.8, got '0.5' \(input luma_by"):
        do("Apply", image=DAY, transform=transforms, luma_by_region="0.5")


def regions(image: torch.Tensor, **masks: torch.Tensor):
    named = None
    for name, mask in masks.items():
        (named,) = do("NameMask", mask=mask, name=name, masks=named)
    return do("FindRegions", image=image, masks=named, **({} if masks else {"segmenter": "none"}))


def test_named_masks_become_regions_that_are_shown_and_come_back_as_masks(comfyui):
    found, overlay, text = regions(DAY, sky=TOP, sea=1 - TOP)
    assert found.of_each[0].names == ("sky", "sea") and "sky 50" in text
    assert overlay.ndim == 4 and overlay.shape[2] > 64 and 0 <= overlay.min() and overlay.max() <= 1
    mask, inverted = do("RegionMask", image=DAY, regions=found, name="sky")
    assert mask.shape == (1, 48, 64) and torch.equal(inverted, 1 - mask)
    assert (mask[0] - TOP).abs().mean() < 0.05
    with pytest.raises(PhotostyleError, match="no region is called 'hill'; the regions are sky, sea"):
        do("RegionMask", image=DAY, regions=found, name="hill")


def test_regions_pair_by_name_and_by_what_is_asked(comfyui):
    ours = regions(DAY, sky=TOP, sea=1 - TOP)[0]
    theirs = regions(DUSK, sky=TOP, lake=1 - TOP)[0]
    given = {"content": DAY, "style": DUSK, "content_regions": ours, "style_regions": theirs, "steps": 2, "size": 64}
    transforms, _ = do("Solve", **given, pairs="sea=lake")
    assert {pair.content: pair.style for pair in transforms[0].provenance.pairs} == {"sky": "sky", "sea": "lake"}
    with pytest.raises(PhotostyleError, match=r"regions are connected, so segmenter says nothing here.*\(input segmenter\)"):
        do("Solve", **given, segmenter="none")
    with pytest.raises(PhotostyleError, match="the content has a mask and regions, and each says all; connect one of them"):
        do("Solve", **given, content_mask=TOP)


def test_regions_of_masks_give_what_masks_give(comfyui):
    """Regions that another node found are those that solving would have found: nothing is refined twice."""
    ours, theirs = (regions(image, region=TOP)[0] for image in (DAY, DUSK))
    by_regions, _ = do("Solve", content=DAY, style=DUSK, content_regions=ours, style_regions=theirs, steps=2, size=64)
    by_masks, _ = do("Solve", content=DAY, style=DUSK, content_mask=TOP, style_mask=TOP, steps=2, size=64)
    made = [do("Apply", image=DAY, transform=each)[0] for each in (by_regions, by_masks)]
    assert torch.equal(*made)


def test_hard_masks_stay_as_they_are(comfyui):
    (named,) = do("NameMask", mask=TOP, name="sky")
    found, _, _ = do("FindRegions", image=DAY, masks=named, hard_masks=True)
    mask, _ = do("RegionMask", image=DAY, regions=found, name="sky")
    assert found.hard and torch.equal(mask[0], TOP)
    transforms, _ = do("Solve", content=DAY, style=DUSK, content_regions=found, segmenter="none", steps=2, size=64)
    assert transforms[0].provenance.hard_masks


def test_regions_of_another_shape_are_refused(comfyui):
    found = regions(DAY, sky=TOP)[0]
    with pytest.raises(PhotostyleError, match="the content is 48 x 64, and its regions are of a picture of 64 x 48; find them"):
        do("Solve", content=DAY.transpose(1, 2), style=DUSK, content_regions=found, steps=2, size=64)


def test_two_masks_of_one_name_are_refused(comfyui):
    (named,) = do("NameMask", mask=TOP, name="sky")
    with pytest.raises(PhotostyleError, match=r"there is a mask called 'sky' already.*\(input name\)"):
        do("NameMask", mask=TOP, name=" sky ", masks=named)


def test_a_look_takes_the_pictures_place(comfyui):
    look, _ = do("MeasureLook", style=DUSK, **{name: QUICK[name] for name in ("segmenter", "size")})
    (file,) = do("SaveLook", look=look, prefix="photostyle/dusk")
    assert file == "photostyle/dusk_00001_.look" and do("SaveLook", look=look, prefix="photostyle/dusk")[0].endswith(
        "00002_.look"
    )
    (kept,) = do("LoadLook", look=f"{file} [output]")
    by_look, _ = do("Solve", content=DAY, look=kept, segmenter="none", steps=2)
    by_style, _ = do("Solve", content=DAY, style=DUSK, **QUICK)
    made = [do("Apply", image=DAY, transform=each)[0] for each in (by_look, by_style)]
    assert torch.equal(*made)
    with pytest.raises(PhotostyleError, match=r"connect a style or a look, got both \(input style\)"):
        do("Solve", content=DAY, look=kept, style=DUSK)
    with pytest.raises(PhotostyleError, match="connect a style or a look, got none of them"):
        do("Solve", content=DAY)


def test_files_are_opened_from_the_folders_of_comfyui_alone(comfyui):
    with pytest.raises(
        PhotostyleError, match=r"no look is called '../secret.look' \(there are none yet\); put one into .*models/"
    ):
        do("LoadLook", look="../secret.look")
    (choice,) = NODE["LoadLook"].inputs[0].choices()
    assert choice == "(no file of this kind yet)"
    folder = comfyui.root / "models" / "photostyle"
    folder.mkdir()
    (folder / "other.safetensors").write_bytes(b"no tensors")
    (folder / "picture.png").write_bytes(b"never opened")
    look, _ = do("MeasureLook", style=DUSK, segmenter="none", size=64)
    from photostyle import save_look

    save_look(look, folder / "dusk.look")
    assert NODE["LoadLook"].inputs[0].choices() == ("dusk.look",)
    before = NODE["LoadLook"].fingerprint(look="dusk.look")
    assert before == NODE["LoadLook"].fingerprint(look="dusk.look") != NODE["LoadLook"].fingerprint(look="none.look")


def test_a_transform_is_kept_in_a_file(solved):
    (file,) = do("SaveTransform", transform=solved, prefix="photostyle/evening")
    (kept,) = do("LoadTransform", transform=f"{file} [output]")
    made = [do("Apply", image=DAY, transform=each, strength=0.7)[0] for each in (solved, kept)]
    assert torch.allclose(*made, atol=1e-3)  # masks are kept as 8-bit codes


def test_an_interruption_ends_the_solve_as_comfyui_does(comfyui):
    comfyui.interrupt_after = 6
    with pytest.raises(BaseException) as error:
        do("Solve", content=DAY, style=DUSK, segmenter="none", size=64, steps=72)
    assert type(error.value).__name__ == "Interrupted"
    shown = [value for value, _, _ in comfyui.bars[-1]]
    assert shown and shown[-1] < 1000


def test_the_bar_goes_forward_to_its_end_with_a_picture_on_the_way(comfyui):
    do("Solve", content=DAY, style=DUSK, segmenter="none", size=64, steps=12)
    shown = comfyui.bars[-1]
    values = [value for value, _, _ in shown]
    assert values == sorted(values) and values[-1] == 1000 and len(values) > 5
    kind, image, side = next(preview for _, _, preview in shown if preview is not None)
    assert kind == "JPEG" and image.size == (64, 48) and side == 512


def test_networks_and_the_session_are_kept_between_runs(comfyui, monkeypatch):
    from photostyle import session

    do("Solve", content=DAY, style=DUSK, **QUICK)
    monkeypatch.setattr(session, "load_encoder", lambda *a, **k: pytest.fail("loaded again"))
    do("Solve", content=DUSK, style=DAY, **QUICK)


def test_painting(comfyui):
    transforms, _ = do("Paint", content=DAY, style=DUSK, steps=2, size=64)
    image, _ = do("Apply", image=DAY, transform=transforms)
    assert image.shape == DAY.shape and not torch.equal(image, DAY)


def test_a_trained_network_paints(comfyui):
    from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer

    folder = comfyui.root / "models" / "photostyle"
    folder.mkdir()
    torch.manual_seed(0)
    TrainedStylizer(Stylizer(StylizerShape(width=8)), ("wave",), {"name": "wave"}).save(folder / "wave.safetensors")
    assert NODE["Network"].inputs[1].choices() == ("painters", "any", "restore", "nineteenth", "wave.safetensors")
    transforms, _ = do("Network", content=DAY, network="wave.safetensors")
    image, _ = do("Apply", image=DAY, transform=transforms)
    assert image.shape == DAY.shape and not torch.equal(image, DAY)
    with pytest.raises(PhotostyleError, match=r"wave.safetensors has styles of its own; connect no style .*\(input style\)"):
        do("Network", content=DAY, style=DUSK, network="wave.safetensors")
    with pytest.raises(
        PhotostyleError, match=r"no trained network is called '/etc/x.safetensors'; put its file .*\(input network\)"
    ):
        do("Network", content=DAY, network="/etc/x.safetensors")


def test_the_network_that_ships_restores_pictures_of_a_batch(comfyui):
    faded = torch.cat([DAY * 0.5 + 0.25, DUSK * 0.5 + 0.25])
    transforms, _ = do("Network", content=faded, network="restore")
    image, _ = do("Apply", image=faded, transform=transforms)
    assert image.shape == faded.shape and not torch.equal(image, faded)
    kept, _ = do("Apply", image=faded, transform=transforms, strength=0.0)
    assert torch.equal(kept, faded)
    with pytest.raises(PhotostyleError, match=r"restore.* \(input style\)"):
        do("Network", content=faded, style=DUSK, network="restore")


def test_a_network_for_any_style_paints_in_that_of_a_picture_or_a_look(comfyui):
    from photostyle.encoders import load_encoder
    from photostyle.look.statistics import fingerprint
    from photostyle.networks import StyleReading, Stylizer, StylizerShape, TrainedStylizer
    from photostyle.networks.predictor import numbers_of_channels

    encoder = load_encoder("compact")
    torch.manual_seed(3)
    made = Stylizer(StylizerShape(1, 4, 1, numbers_of_channels(list(encoder.channels.values()))))
    made.initialise(1)
    made.requires_grad_(False)
    made.predictor.write.weight *= 12
    made.paint.weight *= 10
    folder = comfyui.root / "models" / "photostyle"
    folder.mkdir()
    reading = StyleReading("compact", fingerprint(encoder), 64)
    TrainedStylizer(made, ("photo",), {"name": "any"}, reading).save(folder / "any.safetensors")
    look, _ = do("MeasureLook", style=DUSK, segmenter="none", size=64, encoder="compact")
    by_look, _ = do("Network", content=DAY, look=look, network="any.safetensors")
    by_style, _ = do("Network", content=DAY, style=DUSK, network="any.safetensors")
    images = [do("Apply", image=DAY, transform=each)[0] for each in (by_look, by_style)]
    assert torch.allclose(*images, atol=1e-3) and not torch.allclose(images[0], DAY, atol=1e-2)
    with pytest.raises(PhotostyleError, match="connect a style or a look, got none of them"):
        do("Network", content=DAY, network="any.safetensors")


def test_without_comfyui_it_is_said():
    with pytest.raises(PhotostyleError, match="is a part of ComfyUI, which is not here"):
        NODE["Solve"](content=DAY, style=DUSK, **QUICK)
