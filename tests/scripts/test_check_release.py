"""What would be published is whole, has nothing that is not ours to give, and is of one version."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release():
    place = importlib.util.spec_from_file_location("check_release", ROOT / "scripts" / "check_release.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def test_one_version_is_stated_everywhere(release):
    assert not release.version_faults(release.stated_version(), f"v{release.stated_version()}")
    assert len(release.version_faults("9.9.9", "v1")) == 4


def test_a_wheel_that_lacks_something_or_has_too_much_is_seen(release):
    wanted = ["photostyle/assets/scene.safetensors", "photostyle/__init__.py"]
    names = [*wanted, "photostyle-1.dist-info/licenses/LICENSE"]
    assert not release.wheel_faults(names, 10, wanted)
    assert release.wheel_faults(names[1:], 10, wanted) == ["the wheel lacks photostyle/assets/scene.safetensors"]
    assert release.wheel_faults([*names, "tests/conftest.py"], 10, wanted) == ["the wheel has tests/conftest.py"]
    assert release.wheel_faults(names[:-1], 10**9, wanted) == ["the wheel lacks LICENSE", "the wheel has 1000 MB"]


def test_an_sdist_with_data_of_others_is_seen(release):
    whole = {
        name: 10
        for name in (
            *("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml"),
            *("tests/conftest.py", "docs/README.md"),
        )
    }
    assert not release.sdist_faults(whole | {"photostyle/assets/scene.safetensors": 10**7})
    assert release.sdist_faults(whole | {"tests/shared/a.jpg": 5}) == ["the sdist has tests/shared/a.jpg"]
    assert release.sdist_faults(whole | {"tests/a.npy": 3 * 10**6}) == ["the sdist has tests/a.npy of 3.0 MB"]


@pytest.mark.slow
def test_the_files_are_built_as_they_should_be(release, tmp_path):
    if importlib.util.find_spec("build") is None or importlib.util.find_spec("hatchling") is None:
        pytest.skip("build and hatchling are not installed: pip install build hatchling")
    if not (ROOT / ".git").exists():
        pytest.skip("not in a checkout")
    wheel, sdist = release.built(tmp_path)
    assert not release.wheel_faults(release.zip_names(wheel), wheel.stat().st_size, release.assets())
    assert not release.sdist_faults(release.sdist_sizes(sdist))
