"""The options of the commands are made from those of the methods."""

import inspect

import pytest
from typer.testing import CliRunner

from photostyle import Options, cli
from photostyle.cli.method_options import all_option_names, flag_of, help_of, with_method_options
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
        "--size <int> Long side in pixels to work at; the output keeps the photo's size; 64 to 4096. Default: field 448" in page
    )
    assert "By region: 0.8,sky=0.4. Default: 1." in page
    assert "Only with --method field." in page and help_of("fast").endswith("Only with --method field.")


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
