"""Run the notebooks of docs/notebooks and keep what they show.

    pip install 'photostyle[notebooks,video]'
    python scripts/run_notebooks.py               # all of them
    python scripts/run_notebooks.py first-light   # those that are named

Nothing but pictures, printed lines and values is kept, so that a run elsewhere changes no more than these.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
LARGEST = 300_000  # bytes of a notebook with its pictures
PATIENCE = 600  # seconds for a cell
_MACHINE = re.compile(r"/(?:tmp|home|root|work|Users|private|var)/|[A-Z]:\\\\")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="notebooks, without .ipynb; all by default")
    names = parser.parse_args().names or [path.stem for path in notebooks()]
    faults = []
    for name in names:
        path = FOLDER / f"{name}.ipynb"
        notebook = executed(path)
        text = nbformat.writes(notebook)
        faults += [f"{name}: {fault}" for fault in faults_of(text)]
        path.write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(text) / 1000:.0f} kB", flush=True)
    for fault in faults:
        print(f"fault: {fault}")
    return int(bool(faults))


def notebooks() -> list[Path]:
    """All of them, by name."""
    return sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path) -> NotebookNode:
    """A notebook that was run in its own folder, by this interpreter.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell has failed.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=PATIENCE, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}  # times of the run
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def faults_of(text: str) -> list[str]:
    """What is wrong with the text of a notebook."""
    faults = []
    if len(text) > LARGEST:
        faults.append(f"it has {len(text) / 1000:.0f} kB, more than {LARGEST / 1000:.0f}; show smaller pictures")
    found = _MACHINE.search(text)
    if found:
        faults.append(f"it has a path of a machine: {text[max(0, found.start() - 40) : found.end() + 40]!r}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
