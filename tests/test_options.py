"""Options: checked when made, each method's own by their names, texts as people type them."""

import copy
import pickle

import pytest

from photostyle import Amounts, OptionError, Options
from photostyle.methods.field import FieldOptions
from photostyle.methods.pixels import PixelsOptions
from photostyle.options import option_fields, option_names, option_types

RANGES = {
    (method, name): each.metadata for method in ("field", "pixels", "paint") for name, each in option_fields(method).items()
}


@pytest.mark.parametrize(("method", "name"), [key for key, facts in RANGES.items() if facts["low"] is not None])
def test_an_option_takes_the_ends_of_its_range_and_nothing_beyond(method, name):
    low, high = RANGES[method, name]["low"], RANGES[method, name]["high"]
    for end in (low, high):
        assert Options(method=method, **{name: end}).as_dict()[name] == end
    for beyond in (low - 1, high + 1):
        with pytest.raises(OptionError, match=f"{name} must be .* from {low} to {high}, got {beyond}"):
            Options(method=method, **{name: beyond})


@pytest.mark.parametrize("method", ["field", "pixels"])
def test_the_defaults_are_themselves_allowed(method):
    assert Options(**Options(method=method).as_dict()) == Options(method=method)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pairs": ["a=b"]},
        {"strength": None},
        {"protect": 3},
        {"ignore": ("sky", 3)},
        {"size": "big"},
        {"seed": None},
        {"fast": "yes"},
        {"cache": "no"},
        {"hard_masks": 1},
        {"encoder": 3},
        {"weights": 3},
        {"size": True},
    ],
)
def test_options_of_the_wrong_kind_are_said(wrong):
    with pytest.raises(OptionError, match=next(iter(wrong))):
        Options(**wrong)


def test_names_may_be_one_text():
    assert Options(protect="sky, person").protect == ("sky", "person")


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"strenght": 1}, "there is no option 'strenght' for the method field; did you mean strength?"),
        ({"step": 3}, "there is no option 'step' for the method field; did you mean steps?"),
        ({"method": "pixels", "fats": True}, "there is no option 'fats' for the method pixels; its options are method, strength"),
        ({"method": "pixels", "fast": True}, "there is no option 'fast' for the method pixels; its options are"),
        ({"method": "fild"}, "method must be one of field, pixels, paint, network, autoencoder, got 'fild'; did you mean field?"),
        ({"method": ["field"]}, "method must be one of field, pixels, paint, network, autoencoder, got ['field']"),
        ({"precision": "half"}, "precision must be one of auto, float32, bfloat16, got 'half'"),
    ],
)
def test_an_unknown_option_or_choice_is_said_with_the_nearest_name(wrong, text):
    with pytest.raises(OptionError) as told:
        Options(**wrong)
    assert str(told.value).startswith(text) and "\n" not in str(told.value)


def test_solver_as_the_method_was_called_before_is_still_heard():
    assert Options(solver="pixel") == Options(method="pixels")
    assert Options(solver="field").settings == FieldOptions()
    assert Options().changed(solver="pixel").method == "pixels"
    with pytest.raises(OptionError, match="method must be one of field, pixels, paint, network, autoencoder, got 'magic'"):
        Options(solver="magic")


def test_options_of_a_method_are_given_by_their_own_names():
    options = Options(method="pixels", steps=7, size=100, strength=0.5)
    assert options.settings == PixelsOptions(steps=7, size=100) and options.strength == 0.5
    assert Options(settings=FieldOptions(fast=True)).settings.fast
    assert set(option_names("field")) - set(option_names("pixels")) == {"fast"}
    for method in ("field", "pixels"):
        assert tuple(option_fields(method)) == tuple(option_types(method)) == option_names(method)
        assert all(each.metadata["help"].endswith(".") for each in option_fields(method).values())


def test_changed_keeps_what_is_not_named():
    options = Options(strength=0.5, steps=7, protect="sky")
    assert options.changed() is options
    assert options.changed(steps=9) == Options(strength=0.5, steps=9, protect="sky")
    assert options.settings.steps == 7
    assert options.changed(luma=0) == Options(strength=0.5, steps=7, protect="sky", luma=0)
    assert options.changed(method="pixels") == Options(method="pixels", strength=0.5, protect="sky")
    with pytest.raises(OptionError, match="there is no option 'step'"):
        options.changed(step=9)


def test_as_dict_makes_the_same_options_again():
    for options in (Options(), Options(method="pixels", steps=3, strength="0.8,sky=0.4", pairs={"sea": "lake"}, feather="1%")):
        assert Options(**options.as_dict()) == options and tuple(options.as_dict()) == option_names(options.method)
        assert pickle.loads(pickle.dumps(options)) == options and copy.deepcopy(options) == options


def test_amounts_by_region():
    amounts = Amounts(strength="0.8,sky=0.4", luma={"sea": 0.0})
    numbers = amounts.by_region(("sky", "sea", "hill"))
    assert numbers.strength == (0.4, 0.8, 0.8) and numbers.luma == (1.0, 0.0, 1.0) and not numbers.all_one
    with pytest.raises(OptionError, match="luma: no region is called 'sea'; the regions are sky, hill"):
        amounts.by_region(("sky", "hill"))
    assert amounts.by_region(("sky", "hill"), {"sea"}).luma == (1.0, 1.0)
    assert amounts.of_regions(("sky",)).luma == {} and Amounts().by_region(("a",)).all_one
    assert amounts.protecting(["hill"]).by_region(("sky", "sea", "hill")).strength == (0.4, 0.8, 0.0)
    for bad in ("much", "sky=", "=1", "0.5,0.6", "sky=2", True, {"sky": "x"}):
        with pytest.raises(OptionError, match="strength"):
            Amounts(strength=bad)


@pytest.mark.parametrize("feather", [5, 2.5, "5", "1%", None])
def test_a_feather_is_a_number_or_a_text(feather):
    assert Options(feather=feather).feather == feather
