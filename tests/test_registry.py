"""Methods by name: photostyle's own, those of other packages, those that the environment names."""

import sys
from importlib.metadata import EntryPoint

import pytest

from photostyle import Method, OptionError, Options, register, registry
from photostyle.methods import find_method, method_names

TOY = """
from photostyle import Method, register

@register
class Toy(Method):
    name = "{name}"
    def fit(self, content, style, session, options, tell):
        raise NotImplementedError
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """The registry forgets what a test registers, but not photostyle's own methods, whose modules are loaded only once."""
    for name in registry._OWN:
        find_method(name)
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    registry._load_others.cache_clear()
    yield
    registry._load_others.cache_clear()


def written(folder, monkeypatch, name):
    (folder / f"module_of_{name}.py").write_text(TOY.format(name=name))
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, f"module_of_{name}", raising=False)
    return f"module_of_{name}"


def test_the_environment_names_modules(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_METHODS", f" {written(tmp_path, monkeypatch, 'toy')} , ")
    assert method_names() == ("field", "pixels", "paint", "network", "autoencoder", "toy")
    assert find_method("toy").name == "toy" and Options(method="toy").method == "toy"


def test_an_installed_package_names_its_methods(tmp_path, monkeypatch):
    module = written(tmp_path, monkeypatch, "packaged")
    entry = EntryPoint("packaged", module, "photostyle.methods")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == "photostyle.methods" else [])
    assert "packaged" in method_names() and issubclass(find_method("packaged"), Method)


def test_a_module_that_cannot_be_imported_is_one_line(monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_METHODS", "no_such_module")
    with pytest.raises(
        OptionError, match="PHOTOSTYLE_METHODS names the module 'no_such_module', which cannot be imported"
    ) as told:
        find_method("toy")
    assert "\n" not in str(told.value)
    assert find_method("field").name == "field"  # photostyle's own need no other module


def test_a_method_registered_here_is_found_and_a_name_that_is_none_lists_all():
    @register
    class Here(Method):
        name = "here"

        def fit(self, content, style, session, options, tell):
            raise NotImplementedError

    assert find_method("here") is Here
    told = "method must be one of field, pixels, paint, network, autoencoder, here, got 'hera'; did you mean here"
    with pytest.raises(OptionError, match=told):
        find_method("hera")
