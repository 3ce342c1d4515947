"""`photostyle paint` as a user types it: one style and several, presets, pictures on the way, early ends, going on."""

import json
import os
import signal

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from photostyle.cli import paint as command
from photostyle.cli.early_end import early_end
from photostyle.encoders import Vgg16, Vgg19
from photostyle.errors import OptionError, PhotostyleError
from photostyle.events import Progress
from photostyle.methods.paint.styles import StyleText, parse_style, shares_of
from photostyle.options import Options

QUICK = ["--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact"]


@pytest.fixture
def photos(make_photos):
    return make_photos(("day.jpg", (40, 60), (1, 1, 1)), ("a.png", (50, 30), (1, 0.6, 0.4)), ("b.png", (40, 40), (0.2, 0.6, 1)))


def record_of(call, *arguments):
    code, out, err = call("paint", *QUICK, *arguments, "--json", "--overwrite")
    assert code == 0, err
    return json.loads(out)


def test_a_photo_is_painted_in_one_style_or_several(photos, call):
    day, a, b = (photos / name for name in ("day.jpg", "a.png", "b.png"))
    alone = record_of(call, day, a, "-o", photos / "alone.png")
    assert alone["options"]["blend"] == [] and Image.open(photos / "alone.png").size == (60, 40)
    mixed = record_of(call, day, "--style", f"{a}:3", "--style", f"{b}:1", "-o", photos / "mixed.png")
    assert mixed["options"]["blend"] == [f"{b}:0.25"] and mixed["inputs"]["style"] == str(a)
    rest = record_of(call, day, a, "-s", f"{b}:0.25", "-o", photos / "rest.png")
    assert rest["options"] == mixed["options"]
    picture = lambda name: np.asarray(Image.open(photos / f"{name}.png"), float)
    assert np.array_equal(picture("mixed"), picture("rest")) and np.abs(picture("mixed") - picture("alone")).mean() > 2


def test_a_recipe_repeats_a_mixture(photos, call):
    code, out, err = call("paint", photos / "day.jpg", photos / "a.png", "-s", f"{photos / 'b.png'}:0.5", *QUICK, "--json")
    assert code == 0, err
    (photos / "recipe.json").write_text(out)
    code, again, err = call("paint", "--recipe", photos / "recipe.json", "--json", "--overwrite")
    assert code == 0, err
    assert json.loads(again)["losses"] == json.loads(out)["losses"]


def test_a_region_takes_from_a_style_of_its_own(photos, call):
    mask = np.zeros((40, 60, 3), np.uint8)
    mask[:20] = (0, 0, 255)
    mask[20:] = (0, 255, 0)
    Image.fromarray(mask).save(photos / "mask.png")
    day, a, b = (photos / name for name in ("day.jpg", "a.png", "b.png"))
    plain = record_of(call, day, a, "--content-mask", photos / "mask.png", "-o", photos / "plain.png")
    name = next(each["content"] for each in plain["regions"] if each["colour"] == [0, 0, 255])
    record_of(call, day, a, "-s", f"{name}={b}", "--content-mask", photos / "mask.png", "-o", photos / "two.png")
    apart = np.abs(np.asarray(Image.open(photos / "two.png"), float) - np.asarray(Image.open(photos / "plain.png"), float))
    assert apart[:17].mean() > 3 * apart[23:].mean()


def put_in_store(path):
    """The address of a copy of a file in a store that fsspec keeps in memory."""
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe_file(f"/paint/{path.name}", path.read_bytes())
    return f"memory://paint/{path.name}"


def test_further_styles_may_be_addresses_and_globs(photos, call):
    day, a, b = (photos / name for name in ("day.jpg", "a.png", "b.png"))
    picture = lambda name: np.asarray(Image.open(photos / f"{name}.png"), float)
    record_of(call, day, a, "-s", f"{b}:0.25", "-o", photos / "file.png")
    address = put_in_store(b)
    record = record_of(call, day, a, "-s", f"{address}:0.25", "-o", photos / "address.png")
    assert record["options"]["blend"] == [f"{address}:0.25"] and np.array_equal(picture("address"), picture("file"))
    record_of(call, day, a, "-s", f"{photos}/b*.png:0.25", "-o", photos / "glob.png")
    assert np.array_equal(picture("glob"), picture("file"))
    code, _, err = call("paint", day, a, "-s", f"{photos}/*.png:0.25", *QUICK, "-o", photos / "new.png", "-q")
    assert code == 2 and "files match" in err and err.count("\n") == 1
    code, _, err = call("paint", day, a, "-s", "memory://paint/none.png:0.25", *QUICK, "-o", photos / "new.png", "-q")
    assert code == 2 and "memory://paint/none.png: no such file" in err and not (photos / "new.png").exists()


def test_a_batch_blends_addresses_and_globs(photos, tmp_path):
    from photostyle.batch.messages import Task
    from photostyle.batch.plan import make_plan
    from photostyle.batch.worker import Worker

    def job(blend):
        options = Options(method="paint", size=64, steps=2, device="cpu", encoder="compact", blend=(f"{blend}:0.3",))
        return make_plan([str(photos / "day.jpg")], str(photos / "{stem}-new.png"), [str(photos / "a.png")], options=options)[0]

    made = []
    for blend in (photos / "b.png", photos / "b*.png", put_in_store(photos / "b.png")):
        task = Task(len(made), job(blend), str(tmp_path / f"{len(made)}.png"))
        assert task.job.inputs[-1] in (str(photos / "b.png"), "memory://paint/b.png")
        worker = Worker(fetch_folder=tmp_path)
        outcome = worker.write(worker.relight(worker.read(task)))
        worker.close()
        assert outcome.status == "made", outcome.error
        made.append(np.asarray(Image.open(task.part)))
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])
    for blend, text in (("*.png", "photos match"), ("none.png", "no such file")):
        with pytest.raises(PhotostyleError, match=text):
            job(photos / blend)


def test_a_painting_goes_on_where_its_further_style_came_from_an_address(photos, call):
    words = [photos / "day.jpg", photos / "a.png", "-s", f"{put_in_store(photos / 'b.png')}:0.25", "--resume", photos / "state"]
    record_of(call, *words, "-o", photos / "one.png")
    record_of(call, *words, "-o", photos / "two.png")
    assert (photos / "one.png").read_bytes() == (photos / "two.png").read_bytes()
    words[3] = words[3].replace("0.25", "0.5")
    code, _, err = call("paint", *words, *QUICK, "-o", photos / "three.png", "-q")
    assert code == 2 and "is the state of another painting (its shares" in err


@pytest.mark.parametrize("name", ["odd:0.5", "sky=b.png", "4:3.png"])
def test_a_file_whose_name_is_like_a_share_or_a_region_opens(photos, call, name):
    os.rename(photos / "b.png", photos / name)
    record = record_of(call, photos / "day.jpg", photos / name, "-o", photos / "new.png")
    assert record["inputs"]["style"] == str(photos / name) and record["options"]["blend"] == []


@pytest.mark.parametrize(
    ("styles", "text"),
    [
        (["a.png", "sky=b.png"], "the content has no region 'sky'; it has all; give a content mask, or a segmenter"),
        (["a.png", "none.png:0.4"], "none.png: no such file"),
        (["a.png", "b.png:1.5"], "nothing is left for the others"),
        (["a.png:0", "b.png:0"], "the shares of all styles are 0"),
        (["all=b.png"], "is for one region; give a style for the others too"),
        (["a.png", "all=b.png:1.5"], "the styles of all come to 1.5 of it"),
        (["a.png", "day.jpg.txt:0.5"], "day.jpg.txt"),
    ],
)
def test_styles_that_cannot_be_are_said_in_one_line(photos, call, monkeypatch, styles, text):
    monkeypatch.chdir(photos)
    (photos / "day.jpg.txt").write_text("no picture")
    given = [word for style in styles for word in ("-s", style)]
    code, out, err = call("paint", "day.jpg", *given, *QUICK, "-o", "new.png", "-q")
    assert code == 2 and text in err and err.count("\n") == 1 and not (photos / "new.png").exists()


def test_a_style_that_is_blended_in_is_never_written_over(photos, call):
    b = photos / "b.png"
    code, _, err = call("paint", photos / "day.jpg", photos / "a.png", "-s", f"{b}:0.5", *QUICK, "-o", b, "--overwrite")
    assert code == 2 and "is also an input" in err


def test_texts_of_styles_are_read_and_shared():
    assert parse_style("a:0.5", lambda name: False) == StyleText("a", 0.5)
    assert parse_style("sky=a:0.5", lambda name: name == "a:0.5") == StyleText("a:0.5", None, "sky")
    assert command._main_and_blend([]) == (None, ())
    assert shares_of([StyleText("a"), StyleText("b"), StyleText("c", 0.5)]) == [0.25, 0.25, 0.5]
    with pytest.raises(OptionError, match="come to 1"):
        shares_of([StyleText("a"), StyleText("b", 1.0)])


@pytest.mark.parametrize(("preset", "network"), [("gatys2016", Vgg19), ("tutorial", Vgg19), ("johnson-layers", Vgg16)])
def test_a_classic_runs_with_its_network(photos, call, tmp_path, preset, network):
    weights = {
        key.replace("steps", "features").replace("module.", ""): value.half() for key, value in network().state_dict().items()
    }
    save_file(weights, tmp_path / "vgg.safetensors")
    code, out, err = call(
        "paint", photos / "day.jpg", photos / "a.png", "--preset", preset, "--weights", tmp_path / "vgg.safetensors",
        "--size", "64", "--steps", "2", "--device", "cpu", "--json",
    )  # fmt: skip
    assert code == 0, err
    record = json.loads(out)
    assert record["encoder"] == network.name and record["options"]["optimiser"] in ("adam", "lbfgs")
    assert len([name for name in record["losses"] if name.startswith("style ")]) == len(record["options"]["style_layers"])


@pytest.mark.parametrize(("preset", "network"), [("gatys2016", "vgg19"), ("tutorial", "vgg19"), ("johnson-layers", "vgg16")])
def test_a_classic_says_where_its_network_comes_from(photos, call, preset, network):
    code, _, err = call("paint", photos / "day.jpg", photos / "a.png", "--preset", preset)
    assert code == 2 and f"get them with: photostyle models pull {network}" in err and err.count("\n") == 1


def test_pictures_are_kept_on_the_way(photos, call):
    folder = photos / "way/there"
    record_of(call, photos / "day.jpg", photos / "a.png", "--steps", "5", "--snapshots", folder, "--snapshot-steps", "2")
    assert sorted(path.name for path in folder.iterdir()) == ["day-00002.png", "day-00004.png", "day-00005.png"]
    code, _, err = call("paint", photos / "day.jpg", photos / "a.png", *QUICK, "--snapshots", photos / "a.png", "-q")
    assert code == 2 and "the folder cannot be made" in err


def test_the_report_shows_the_losses_of_every_level(photos, call):
    record_of(call, photos / "day.jpg", photos / "a.png", "--report", photos / "page.html", "-o", photos / "new.png")
    page = (photos / "page.html").read_text()
    assert all(f"<title>style {layer}</title>" in page for layer in ("relu1_1", "relu2_1", "relu3_1", "relu4_1"))


def test_an_interrupt_while_it_solves_asks_for_an_early_end():
    with early_end(Options(method="paint"), lambda event: None) as (callback, token):
        callback(Progress("solve", 1, 9))
        os.kill(os.getpid(), signal.SIGINT)
        assert token.finishing and not token.cancelled
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigtimedwait([], 1)
    with early_end(Options(method="paint"), lambda event: None) as (callback, token), pytest.raises(KeyboardInterrupt):
        callback(Progress("read", 0, 1))
        os.kill(os.getpid(), signal.SIGINT)
        signal.sigtimedwait([], 1)
    with early_end(Options(), callback) as (same, _):
        assert same is callback


def test_a_style_may_be_typed_for_run_and_batch_as_before(photos, call):
    os.rename(photos / "b.png", photos / "odd:0.5.png")
    code, _, err = call(
        "run", photos / "day.jpg", "-s", photos / "odd:0.5.png", "--segmenter", "none", *QUICK, "-o", photos / "r.png"
    )
    assert code == 0, err
    code, _, err = call(
        "batch", photos / "day.jpg", "-s", photos / "a.png", "-s", photos / "odd:0.5.png", "--method", "paint",
        "--blend", f"{photos / 'a.png'}:0.3", *QUICK, "-o", photos / "out/{stem}-{style}.png", "--jobs", "1",
    )  # fmt: skip
    assert code == 0, err
    assert len(list((photos / "out").glob("*.png"))) == 2
