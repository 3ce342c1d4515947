"""The options of the commands are made from those of the methods."""

import inspect
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from photostyle import Options, cli
from photostyle.cli.method_options import flag_of, help_of, with_method_options
from photostyle.cli.option_sources import all_option_names
from photostyle.errors import OptionError
from photostyle.options import option_fields
from photostyle.registry import method_names


@pytest.fixture(scope="module")
def helps():
    """The help of a command as one line of words, at most: `helps("run")`."""
    if not cli.app.registered_commands:
        cli._add_commands()

    def text(command: str) -> str:
        page = CliRunner().invoke(cli.app, [command, "--help"], env={"COLUMNS": "400", "TERMINAL_WIDTH": "400"}).output
        return " ".join(page.split())

    return text


@pytest.mark.parametrize("command", ["run", "compare", "batch"])
def test_help_lists_every_option_of_every_method(helps, command):
    page = helps(command)
    for method in method_names():
        for name, each in option_fields(method).items():
            assert f"{flag_of(name)}" in page, name
            low, high = each.metadata["low"], each.metadata["high"]
            if high is not None and high < 10**9:
                assert f"{low} to {high}" in page, name
            if each.metadata["usual"]:
                assert f"{method} {each.metadata['usual']}" in page, name


def test_help_says_what_is_used_where_nothing_is_given(helps):
    page = helps("run")
    assert (
        "--size <int> Long side in pixels to work at; the output keeps the photo's size "
        "(field 64 to 4096; pixels 64 to 4096; paint 64 to 16384; network 64 to 4096). Default: field 448" in page
    )
    assert "By region: 0.8,sky=0.4. Default: 1." in page
    assert "Only with --method field or paint." in page and help_of("fast").endswith("Only with --method field or paint.")


def test_help_says_what_each_method_is(helps):
    assert "field (fits a small field of affine colour transforms, in seconds); pixels (" in helps("run")


def test_a_renamed_option_is_beside_the_commands_own(helps):
    page = helps("lut")
    assert "--solve-size <int> Long side" in page and "--size <int> Points along each axis of the LUT, 2 to 65." in page


def test_each_option_is_there_once():
    names = all_option_names()
    assert len(set(names)) == len(names) and {"method", "strength", "size", "fast", "cache"} <= set(names)


def test_a_command_gets_the_options_that_were_typed():
    got = []

    @with_method_options(renamed={"size": "solve_size"})
    def command(photo: str, size: int = 3, *, options: Options) -> None:
        got.append((photo, size, options))

    names = list(inspect.signature(command).parameters)
    assert names[:2] == ["photo", "size"] and "solve_size" in names and "options" not in names
    command(photo="day.jpg", size=5, solve_size="128", method="pixel", pairs=["sky=sea", "hill=rock"], strength="0.8,sky=0")
    photo, size, options = got[0]
    assert (photo, size, options.method, options.settings.size) == ("day.jpg", 5, "pixels", 128)
    assert options.pairs == {"sky": "sea", "hill": "rock"} and options.strength == {"*": 0.8, "sky": 0}


def test_an_error_within_a_command_names_the_commands_own_parameter():
    @with_method_options(renamed={"size": "solve_size"})
    def command(*, options: Options) -> None:
        raise OptionError("too large", option="size")

    with pytest.raises(OptionError) as raised:
        command()
    assert raised.value.option == "solve_size"


TOY = """
from dataclasses import dataclass
from typing import ClassVar, Literal

from photostyle.methods.method import Method
from photostyle.options import MethodOptions, option
from photostyle.registry import register


@dataclass(frozen=True)
class ToyOptions(MethodOptions):
    warmth: int = option(3, "How warm.", 1, 9)
    order: Literal["rgb", "bgr"] = option("rgb", "Order of channels: rgb or bgr.")
    size: int | None = option(None, "Long side in pixels to work at; the output keeps the photo's size.", 8, 64, usual="32")


@register
class Toy(Method):
    name: ClassVar[str] = "toy"
    summary: ClassVar[str] = "warms a photo"
    own_options: ClassVar[type[MethodOptions]] = ToyOptions

    def fit(self, content, style, session, options, tell):
        raise NotImplementedError
"""


@pytest.fixture
def with_toy(tmp_path):
    """Runs the command where another package has brought a method of its own: `with_toy("run", ...)`."""
    (tmp_path / "toy_method.py").write_text(TOY)
    paths = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, "PHOTOSTYLE_METHODS": "toy_method", "COLUMNS": "400"}

    def run(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "photostyle", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_a_method_of_another_package_brings_its_options(with_toy):
    page = " ".join(with_toy("run", "--help").stdout.split())
    assert "; toy (warms a photo)" in page
    assert "--warmth <int> How warm (1 to 9). Only with --method toy. Default: 3." in page
    ranges = "(field 64 to 4096; pixels 64 to 4096; paint 64 to 16384; network 64 to 4096; toy 8 to 64)"
    defaults = (
        "field 448, or 224 if fast; pixels 700; paint 512, or 256 if fast; network the photo's own, or 512 with polish; toy 32"
    )
    assert f"{ranges}. Default: {defaults}." in page


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("--warmth 3", "the method field has no option warmth, only toy; leave it out (--warmth)"),
        ("--method toy --warmth 10", "warmth must be a whole number from 1 to 9, got 10"),
        ("--method toy --order gbr", "order must be one of rgb, bgr, got 'gbr'"),
        ("--method toy --steps 3", "the method toy has no option steps, only field, pixels, paint; leave it out (--steps)"),
        ("--method toys", "method must be one of field, pixels, paint, network, toy, got 'toys'; did you mean toy?"),
    ],
)
def test_options_of_a_method_of_another_package_are_checked(with_toy, words, text):
    run = with_toy("run", "-c", "a.jpg", "-s", "b.jpg", *words.split())
    assert run.returncode == 2 and run.stdout == "" and run.stderr.count("\n") == 1 and text in run.stderr
