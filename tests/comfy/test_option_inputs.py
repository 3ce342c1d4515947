"""The options of methods become inputs of nodes, and what their widgets say becomes options."""

from pathlib import Path

import pytest

from photostyle.comfy.nodes import NODES
from photostyle.comfy.option_inputs import LEFT_OUT, option_inputs, options_of
from photostyle.errors import OptionError
from photostyle.options import Options, option_fields, option_types


@pytest.mark.parametrize("method", ["field", "pixels", "paint", "network"])
def test_each_option_has_an_input_or_is_left_out_on_purpose(method):
    inputs = {each.name: each for each in option_inputs(method)}
    for name, field in option_fields(method).items():
        is_path = Path in (option_types(method)[name], *getattr(option_types(method)[name], "__args__", ()))
        assert (name in inputs) != (name in LEFT_OUT or is_path), name
        if name in inputs and field.default is not None and field.default != ():
            assert inputs[name].default == field.default
        if name in inputs and inputs[name].type in ("INT", "FLOAT") and field.default is not None:
            assert inputs[name].low == field.metadata["low"]


@pytest.mark.parametrize("method", ["field", "pixels", "paint"])
def test_untouched_widgets_are_the_defaults(comfyui, method):
    values = {each.name: each.default for each in option_inputs(method)}
    assert options_of(method, values) == Options(method, device="cpu")


def test_widgets_are_read_as_the_command_line_reads_texts(comfyui):
    values = {"pairs": "sky=clouds,sea=lake", "protect": " person, car", "feather": "1%", "steps": 40, "size": 0, "fast": True}
    options = options_of("field", values)
    assert options.pairs == {"sky": "clouds", "sea": "lake"} and options.protect == ("person", "car")
    assert (options.feather, options.settings.steps, options.settings.size, options.settings.fast) == ("1%", 40, None, True)
    assert options_of("paint", {"style_layers": "relu1_1=4", "rate": 0.0, "brush": 2}).settings.brush == 2.0


def test_a_wrong_text_is_said():
    with pytest.raises(OptionError, match="pairs must be CONTENT=STYLE, such as sky=clouds, got 'sky'"):
        options_of("field", {"pairs": "sky"})


def test_a_workflow_cannot_name_code_or_files(comfyui):
    """Workflows are passed on between strangers: a segmenter by module:function would be code, and a path any file."""
    for node in NODES:
        for each in node.inputs:
            assert each.name not in ("weights", "blend", "snapshots", "resume")
            if each.name in ("segmenter", "network", "encoder"):
                assert each.type == "COMBO" and each.choices() and not any(":" in choice for choice in each.choices())


def test_inputs_stand_as_the_page_lists_them():
    """Required ones before optional ones, so that the order of widgets, by which workflows keep their values, is the same in both
    schemas; a seed last, since the page puts a control of its own after it."""
    for node in NODES:
        assert [each.optional for each in node.inputs] == sorted(each.optional for each in node.inputs), node.id
        names = [each.name for each in node.inputs]
        assert len(set(names)) == len(names) and "seed" not in names[:-1]
        assert all(each.help and "\n" not in each.help for each in node.inputs)
