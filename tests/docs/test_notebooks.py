"""The notebooks run to their end, are small, and show nothing of the machine that ran them."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
NEEDED = ("nbclient", "nbformat", "ipykernel")
if any(importlib.util.find_spec(name) is None for name in NEEDED):
    pytest.skip("notebooks need the extra: pip install 'photostyle[notebooks]'", allow_module_level=True)

import nbformat  # noqa: E402


@pytest.fixture(scope="module")
def running():
    place = importlib.util.spec_from_file_location("run_notebooks", ROOT / "scripts" / "run_notebooks.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_is_small_whole_and_of_no_machine(path, running):
    text = path.read_text("utf-8")
    assert not running.faults_of(text)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # as it is run from top to bottom
    pictures = [output for cell in code for output in cell.outputs if "image/jpeg" in output.get("data", {})]
    assert len(pictures) >= 2
    assert not any(output.output_type == "error" for cell in code for output in cell.outputs)


def test_a_path_of_a_machine_or_a_large_picture_would_be_seen(running):
    assert (
        running.faults_of('"/tmp/x7/day.jpg"') and running.faults_of('"C:\\\\Users\\\\me"') and running.faults_of(" " * 300_001)
    )
    assert not running.faults_of('"../sample/day.jpg", "https://a.b/home"')


def test_there_is_one_for_each_way():
    names = {path.stem for path in NOTEBOOKS}
    assert names == {"first-light", "masks-by-hand", "a-set", "paint", "train-a-style", "video"}
    page = (ROOT / "docs" / "notebooks.md").read_text("utf-8")
    assert all(f"notebooks/{name}.ipynb" in page for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, running, monkeypatch):
    if path.stem == "video":
        pytest.importorskip("av", reason="videos need the extra: pip install 'photostyle[video]'")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    then = nbformat.read(path, as_version=4)
    now = running.executed(path)
    for old, new in zip(then.cells, now.cells, strict=True):
        if old.cell_type == "code":  # it shows what is kept; lines may come in one piece or in many
            kinds = [{output.output_type for output in cell.outputs} for cell in (old, new)]
            assert kinds[0] == kinds[1], old.source
