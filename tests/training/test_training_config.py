"""The yml of a training: what it may say, and what is said of it where it is wrong."""

from pathlib import Path

import pytest

from photostyle import FileError, OptionError
from photostyle.training.config import read_config, template
from photostyle.training.painting_config import TEMPLATES, painting_config


def written(tmp_path, text):
    path = tmp_path / "my.yml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("kind", ["johnson", "many", "any", "add"])
def test_a_template_is_a_config_with_all_keys_and_their_helps(kind, tmp_path):
    text = template(kind)
    config = read_config(written(tmp_path, text))
    assert config.photos == tmp_path / "my-photos" and config.out == tmp_path / "my.safetensors"
    for name, each in type(config).fields_by_name().items():
        if name in TEMPLATES[kind][2]:
            assert f"\n# {name}: " not in text and f"\n{name}: " not in text
            continue
        assert f"{name}: " in text and each.metadata["help"].removesuffix(".") in text
    if kind == "many":
        assert config.names == ("monet", "ink", "photo")
    assert (config.paintings == tmp_path / "my-paintings") == (kind == "any")
    assert (config.add_to == tmp_path / "painters.safetensors") == (kind == "add")


def test_what_is_commented_out_is_the_default(tmp_path):
    uncommented = template("johnson").replace("# size:", "size:").replace("# rate:", "rate:").replace("# weights:", "weights:")
    assert read_config(written(tmp_path, uncommented)) == read_config(written(tmp_path, template("johnson")))


def test_keys_of_the_old_project_are_understood(tmp_path):
    config = read_config(written(tmp_path, "styleimage: img/fire.jpg\nnaming: fire\nphotos: /data/coco\n"))
    assert config.styles == {"fire": tmp_path / "img" / "fire.jpg"}
    assert config.name == "fire" and config.out == tmp_path / "fire.safetensors" and config.photos == Path("/data/coco")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("styels: a.jpg\nphotos: p\n", "my.yml: there is no key 'styels'; did you mean styles"),
        ("photos: p\n", "my.yml: styles is missing; add the line styles: painting.jpg"),
        ("styles: a.jpg\n", "my.yml: photos is missing; add the line photos: my-photos"),
        ("styles: a.jpg\nphotos: p\nsize: large\n", "size must be a whole number from 32 to 1024, got 'large'"),
        ("styles: a.jpg\nphotos: p\nrate: -1\n", "rate must be"),
        ("styles: a.jpg\nphotos: p\nminutes: 5\nsteps: 10\n", "minutes and steps are both given; keep one of them"),
        ("styles: a.jpg\nphotos: p\nweights: {contnet: 2}\n", "there is no weight 'contnet'; did you mean content"),
        ("styles: a.jpg\nphotos: p\nweights: {content: much}\n", "the weight content must be a number from 0 up, got 'much'"),
        ("styles: a.jpg\nphotos: p\nout: net.pth\n", "out must end in .safetensors, got 'net.pth'"),
        ("styles: photo\nphotos: p\n", "styles must have a picture beside photo"),
        ("styles: 3\nphotos: p\n", "styles must be a picture, or a list of pictures"),
        ("styles: {'a:b': x.jpg}\nphotos: p\n", "must have no comma and no colon, got 'a:b'"),
        ("styles: a.jpg\npaintings: q\nphotos: p\n", "styles and paintings are both given; keep one of them"),
        ("paintings: q\nadd_to: n.safetensors\nphotos: p\n", "add_to and paintings are both given"),
        ("styles: a.jpg\nadd_to: n.safetensors\nwidth: 8\nphotos: p\n", "width is that of the network in add_to; leave it out"),
        ("styles: a.jpg\nadd_to: my.safetensors\nphotos: p\n", "add_to and out are both my.safetensors; give out another"),
        ("styles: a.jpg\nstyleimage: b.jpg\nphotos: p\n", "styles is given twice, as styleimage too"),
    ],
)
def test_what_is_wrong_is_one_line(text, told, tmp_path):
    with pytest.raises(OptionError) as raised:
        read_config(written(tmp_path, text))
    assert told in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_no_yml_is_one_line(tmp_path):
    with pytest.raises(FileError, match="no such file; photostyle train writes one to begin with"):
        read_config(tmp_path / "none.yml")
    for text in ("styles: [a", "just words"):
        with pytest.raises(FileError) as raised:
            read_config(written(tmp_path, text))
        assert "\n" not in str(raised.value)
    with pytest.raises(
        OptionError,
        match="init must be one of johnson, many, .* got 'jonson'; did you mean johnson",
    ):
        template("jonson")


def test_styles_may_be_a_list():
    assert painting_config({"styles": ["a/x.jpg", "y.png"], "photos": "p"}).names == ("x", "y")
