"""What is to be done, and what is refused before anything starts."""

import os
from pathlib import Path

import pytest

from photostyle import Options
from photostyle.batch.inputs import find_photos
from photostyle.batch.output_names import root_of
from photostyle.batch.plan import make_plan
from photostyle.errors import OptionError, PhotostyleError
from photostyle.option_text import parse_writing

TEMPLATE = "relit/{reldir}/{stem}.{ext}"


@pytest.fixture
def shoot(tmp_path, monkeypatch):
    """A folder of empty files, with awkward names, and the current folder above it."""
    names = "a.jpg sub/a.jpg|sub/deep.er/b c.d.é.PNG|sub/-x.jpg|sub/raw.nef|sub/notes.txt|sub/.hidden.jpg|.cache/z.jpg"
    for name in names.replace(" sub", "|sub").split("|"):
        path = tmp_path / "shoot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name in ("dusk.jpg", "snow.jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def targets(jobs) -> dict[str, str]:
    return {job.content: job.output for job in jobs}


def test_folders_keep_their_tree_and_any_name(shoot):
    made = targets(make_plan(["shoot"], TEMPLATE, ["dusk.jpg"]))
    assert made == {
        "shoot/a.jpg": "relit/a.jpg",
        "shoot/sub/a.jpg": "relit/sub/a.jpg",
        "shoot/sub/-x.jpg": "relit/sub/-x.jpg",
        "shoot/sub/raw.nef": "relit/sub/raw.png",
        "shoot/sub/deep.er/b c.d.é.PNG": "relit/sub/deep.er/b c.d.é.PNG",
    }


def test_globs_files_and_several_of_them(shoot):
    assert len(make_plan(["shoot/**/*.jpg", "shoot/a.jpg"], TEMPLATE, ["dusk.jpg"])) == 3  # hidden ones are not taken
    assert targets(make_plan(["shoot/sub/*.jpg"], TEMPLATE, ["dusk.jpg"]))["shoot/sub/a.jpg"] == "relit/a.jpg"
    os.chdir("shoot/sub")
    assert targets(make_plan(["-x.jpg"], "out/{stem}.{ext}", ["../../dusk.jpg"])) == {"-x.jpg": "out/-x.jpg"}


def test_a_name_with_glob_signs_is_a_file_first(shoot):
    Path("odd[1].jpg").touch()
    assert [job.content for job in make_plan(["odd[1].jpg"], TEMPLATE, ["dusk.jpg"])] == ["odd[1].jpg"]


def test_styles_every_pairwise_and_by_csv(shoot):
    styles = ["dusk.jpg", "snow.jpg"]
    every = make_plan(["shoot/a.jpg"], "relit/{stem}-{style}.{ext}", styles)
    assert [job.output for job in every] == ["relit/a-dusk.jpg", "relit/a-snow.jpg"]
    pairs = make_plan(["shoot/a.jpg", "shoot/sub/-x.jpg"], TEMPLATE, styles, pairing="pairwise")
    assert [(Path(job.content).name, job.style) for job in pairs] == [("a.jpg", "dusk.jpg"), ("-x.jpg", "snow.jpg")]
    Path("styles.csv").write_text("content,style,style_mask\nsub/*,snow.jpg,snow-mask.png\n")
    by_csv = make_plan(["shoot"], TEMPLATE, ["dusk.jpg"], style_for="styles.csv")
    assert {job.content: (job.style, job.style_mask) for job in by_csv}["shoot/sub/-x.jpg"] == ("snow.jpg", "snow-mask.png")
    assert {job.content: job.style for job in by_csv}["shoot/a.jpg"] == "dusk.jpg"


def test_a_manifest_says_all_row_by_row(shoot):
    text = "content,style,output,strength,protect,pairs,cache\n"
    text += 'shoot/a.jpg,,,0.5,"sky,sea",sky=sea,no\nshoot/sub/a.jpg,snow.jpg,x.png,,,,\n'
    Path("set.csv").write_text("\ufeff" + text, encoding="utf-8")
    first, second = make_plan(["set.csv"], TEMPLATE, ["dusk.jpg"], options=Options(steps=3))
    assert (first.style, first.output) == ("dusk.jpg", "relit/shoot/a.jpg")
    assert first.options == Options(steps=3, strength=0.5, protect=("sky", "sea"), pairs={"sky": "sea"}, cache=False)
    assert (second.style, second.output, second.options) == ("snow.jpg", "x.png", Options(steps=3))


def test_a_manifest_says_how_each_result_is_written(shoot):
    Path("set.csv").write_text(
        "content,depth,quality,metadata\nshoot/a.jpg,16,,\nshoot/sub/a.jpg,,90,strip\nshoot/sub/-x.jpg,,,\n"
    )
    common = parse_writing("8", "80", "keep")
    template = "relit/{reldir}/{stem}.tif"
    plan = make_plan(["set.csv"], template, ["dusk.jpg"], writing=common)
    assert [job.writing for job in plan] == [
        parse_writing("16", "80", "keep"),
        parse_writing("8", "90", "strip"),
        common,
    ]
    assert make_plan(["set.csv"], template, ["dusk.jpg"])[0].writing == {"depth": 16}
    with pytest.raises(OptionError, match="a.jpg: JPEG holds a depth of 8, not 16"):
        make_plan(["set.csv"], TEMPLATE, ["dusk.jpg"])
    Path("set.csv").write_text("content,quality\nshoot/a.jpg,lots\n")
    with pytest.raises(OptionError, match="set.csv, row 2: quality must be keep or a whole number"):
        make_plan(["set.csv"], TEMPLATE, ["dusk.jpg"])


def test_masks_are_found_by_template(shoot):
    Path("masks").mkdir()
    Path("masks/a.png").touch()
    told = []
    photos = ["shoot/a.jpg", "shoot/sub/-x.jpg"]
    jobs = make_plan(photos, TEMPLATE, ["dusk.jpg"], content_mask="masks/{stem}.png", tell=told.append)
    assert [job.content_mask for job in jobs] == ["masks/a.png", None]
    assert told == ["no mask by 'masks/{stem}.png' for -x; regions are found there"]
    with pytest.raises(OptionError, match="no photo has a mask by 'mask/{stem}.png': there is no mask/a.png; check the path"):
        make_plan(photos, TEMPLATE, ["dusk.jpg"], content_mask="mask/{stem}.png")


def test_masks_are_found_in_a_folder_by_the_photos_names(shoot):
    photos = ["shoot/a.jpg", "shoot/sub/-x.jpg"]
    Path("masks/-x").mkdir(parents=True)
    Path("masks/sky.png").touch()
    for name, found in (("a.json", ["masks/a.json", "masks/-x"]), ("a.tif", ["masks/a.tif", "masks/-x"])):
        Path("masks", name).touch()
        jobs = make_plan(photos, TEMPLATE, ["dusk.jpg"], content_mask="masks")
        assert [job.content_mask for job in jobs] == found
    Path("soft").mkdir()
    Path("soft/sky.png").touch()
    jobs = make_plan(photos, TEMPLATE, ["dusk.jpg"], content_mask="soft")
    assert [job.content_mask for job in jobs] == ["soft", "soft"]
    Path("shoot/a.json").touch()
    jobs = make_plan(["shoot"], TEMPLATE, ["dusk.jpg"], content_mask="shoot")
    assert {job.content: job.content_mask for job in jobs}["shoot/a.jpg"] == "shoot/a.json"


def test_what_cannot_work_is_refused(shoot):
    Path("bad.csv").write_text("content,stile\nshoot/a.jpg,dusk.jpg\n")
    Path("gone.csv").write_text("content,style\nshoot/gone.jpg,dusk.jpg\n")
    Path("value.csv").write_text("content,strength\nshoot/a.jpg,much\n")
    Path("range.csv").write_text("content,strength\nshoot/a.jpg,7\n")
    Path("upper").mkdir()
    Path("upper/A.jpg").touch()
    os.symlink("shoot/a.jpg", "link.jpg")
    cases = [
        (["shoot"], "relit/{stem}.{ext}", "would both be written to relit/a.jpg; add {reldir}"),
        (["shoot/a.jpg", "upper/A.jpg"], "relit/{stem}.{ext}", "one file where case does not count"),
        (["shoot"], "shoot/{reldir}/{stem}.{ext}", "is also an input, and inputs are never replaced"),
        (["shoot/sub/a.jpg"], "dusk.{ext}", "dusk.jpg: is also an input"),
        (["shoot/a.jpg"], "link.jpg", "link.jpg: is also an input"),
        (["shoot"], "relit/{name}.{ext}", "unknown field 'name'; the fields are reldir, stem, ext, style"),
        (["shoot"], "relit/{stem", "is no template"),
        (["shoot"], "relit/{stem}.xyz", "names no format that can be written"),
        (["shoot"], None, "no output is named; give a folder, or a template such as"),
        (["nowhere"], TEMPLATE, "nowhere: no such file or folder"),
        (["shoot/*.tif"], TEMPLATE, "no photos there"),
        (["bad.csv"], TEMPLATE, "bad.csv: unknown column 'stile'"),
        (["gone.csv"], TEMPLATE, "gone.jpg: no such content (gone.csv, row 2)"),
        (["value.csv"], TEMPLATE, "value.csv, row 2: strength must be a number"),
        (["range.csv"], TEMPLATE, "row 2: strength must be a number from 0"),
        ([], TEMPLATE, "nothing to do"),
    ]
    for contents, template, text in cases:
        with pytest.raises(PhotostyleError) as error:
            make_plan(contents, template, ["dusk.jpg"])
        assert text in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(PhotostyleError, match="with two styles would both.*add {style}"):
        make_plan(["shoot/a.jpg"], TEMPLATE, ["dusk.jpg", "snow.jpg"])
    with pytest.raises(PhotostyleError, match="as many styles as photos, got 1 and 5"):
        make_plan(["shoot"], TEMPLATE, ["dusk.jpg"], pairing="pairwise")
    with pytest.raises(PhotostyleError, match="no style is named"):
        make_plan(["shoot"], TEMPLATE)


def test_results_are_not_taken_for_photos(shoot):
    Path("shoot/a-relit.jpg").touch()
    left_out = frozenset({os.path.realpath("shoot/a-relit.jpg"), os.path.realpath("shoot/sub")})
    plan = make_plan(["shoot"], "shoot/{stem}-relit.jpg", ["dusk.jpg"], leave_out=lambda: left_out)
    assert [job.content for job in plan] == ["shoot/a.jpg"]


def test_the_root_of_a_template():
    assert [root_of(t) for t in (TEMPLATE, "s3://b/k/{stem}.png", "{stem}.png", "x{stem}.png")] == ["relit", "s3://b/k", ".", "."]


def test_what_systems_leave_in_folders_is_no_photo_and_is_said(shoot):
    names = "@eaDir/a.jpg/SYNOFILE_THUMB_M.jpg @eaDir/a.jpg/SYNOFILE_THUMB_XL.jpg ._a.jpg .thumbnails/a.jpg __MACOSX/._a.jpg"
    for name in [*names.split(), "#recycle/a.jpg", ".@__thumb/a.jpg", "sub/SYNOPHOTO/a.jpg", "SYNOFILE_THUMB_S.jpg"]:
        path = Path("nas") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    told = []
    found = [photo.path for photo in find_photos(["nas"], tell=told.append)]
    assert found == ["nas/sub/SYNOPHOTO/a.jpg"]
    assert len(told) == 1 and told[0].startswith("nas: left out: ")
    for part in ("2 files of @eaDir", "2 hidden files", "1 file of .thumbnails", "1 file of __MACOSX", "1 file of #recycle"):
        assert part in told[0]
    assert len(find_photos(["nas/**/*.jpg"])) == 1
    assert len(find_photos(["nas/.thumbnails"])) == 1  # named itself
    assert len(find_photos(["nas/.thumb*/*.jpg", "nas/.thumbnails/*.jpg"])) == 1
    with pytest.raises(PhotostyleError, match="no photos there .left out: 1 file of #recycle"):
        find_photos(["nas/*recycle/*.jpg"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_manifest_as_spreadsheets_write_it(shoot, encoding, comma):
    rows = "content,style,strength\nshoot/a.jpg,snow.jpg,0.5\n".replace(",", comma)
    Path("set.csv").write_text(rows, encoding=encoding)
    (job,) = make_plan(["set.csv"], TEMPLATE)
    assert (job.content, job.style, job.options.strength) == ("shoot/a.jpg", "snow.jpg", 0.5)
