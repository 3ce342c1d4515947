"""Texts of options as values, and errors that name an option for the command line to put in its own words."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from photostyle import cli
from photostyle.errors import OptionError
from photostyle.option_text import parse_names, parse_option, parse_pairs, parse_writing

Amount = float | str | Mapping[str, float]


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (int | None, "12", 12),
        (float, "0.5", 0.5),
        (bool, "No", False),
        (bool, "on", True),
        (str, "auto", "auto"),
        (Any, "scene", "scene"),
        (Path | None, "a/b.safetensors", Path("a/b.safetensors")),
        (Literal["field", "pixel"], "pixel", "pixel"),
        (Literal["keep", 8], "8", 8),
        (tuple[str, ...], "sky, sea,sky", ("sky", "sea")),
        (Mapping[str, str] | None, "sky=sea", {"sky": "sea"}),
        (Mapping[str, float], "sky=0.5", {"sky": 0.5}),
        (Amount, "0.5", 0.5),
        (Amount, "0.8, sky = 0.4", {"*": 0.8, "sky": 0.4}),
        (str | float | None, "1%", "1%"),
    ],
)
def test_a_text_becomes_a_value_of_its_options_type(kind, text, value):
    made = parse_option(kind, text, "option")
    assert made == value and type(made) is type(value)


@pytest.mark.parametrize(
    "kind, text, error",
    [
        (int, "1.5", "it must be a whole number, got '1.5'"),
        (float, "much", "it must be a number, got 'much'"),
        (bool, "perhaps", "it must be yes or no, got 'perhaps'"),
        (Literal["field", "pixel"], "oil", "it must be one of field, pixel, got 'oil'"),
        (Amount, "sky=0.4,sky=1", "it must be a number, or one by region such as"),
        (Amount, "=1", "it must be a number, or one by region such as"),
        (Mapping[str, str], "sky", "it must be CONTENT=STYLE"),
        (Mapping[str, str], "sky=a,sky=b", "it: 'sky' has two partners, 'a' and 'b'"),
    ],
)
def test_a_text_that_is_no_value_is_named(kind, text, error):
    with pytest.raises(OptionError) as raised:
        parse_option(kind, text, "it")
    assert error in str(raised.value)


def test_names_and_pairs():
    assert parse_pairs(["sky=clouds,sea=lake"]) == {"sky": "clouds", "sea": "lake"}
    assert parse_names("a, b") == ("a", "b")


@pytest.mark.parametrize(
    "texts, error",
    [
        ({"depth": "12"}, "depth must be one of keep, 8, 16, float, got '12'"),
        ({"quality": "0"}, "quality must be keep or a whole number from 1 to 100, got '0'"),
        ({"metadata": "some"}, "metadata must be one of keep, strip, got 'some'"),
    ],
)
def test_ways_of_writing_that_there_are_not(texts, error):
    with pytest.raises(OptionError) as raised:
        parse_writing(**texts)
    assert str(raised.value) == error


@pytest.mark.parametrize("option, ending", [(None, ""), ("set_mode", " (--set-mode)"), ("pairs", " (--pair)")])
def test_the_command_line_adds_its_own_word_to_an_error(monkeypatch, capsys, option, ending):
    def app(**settings):
        raise pickle.loads(pickle.dumps(OptionError("choose another way", option=option)))  # as from a worker process

    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(cli, "_add_commands", lambda: None)
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err == f"photostyle: choose another way{ending}\n"
