"""Build the wheel and the sdist, check what is in them, and say how to publish.

    pip install build hatchling twine
    python scripts/check_release.py               # into a temporary folder that is removed again
    python scripts/check_release.py --keep dist   # kept there
    python scripts/check_release.py --tag v0.2.0  # also that the tag is this version's

Nothing is uploaded, and no network is needed.
"""

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_SHIPPED = ("tests/", "docs/", "scripts/", ".ci/")  # in the wheel
SMALL_DATA = 1_000_000  # bytes of a file of the sdist outside the package that need a look
LARGEST_WHEEL = 40_000_000  # bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="the folder to leave the files in")
    parser.add_argument("--tag", help="the tag that is to be published, such as v0.2.0")
    given = parser.parse_args()
    version = stated_version()
    faults = version_faults(version, given.tag)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        wheel, sdist = built(folder)
        faults += wheel_faults(zip_names(wheel), wheel.stat().st_size, assets()) + sdist_faults(sdist_sizes(sdist))
        check = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
        if subprocess.run(check).returncode:
            faults.append("twine check has failed")
        for path in (wheel, sdist):
            print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    for fault in faults:
        print(f"fault: {fault}")
    if not faults:
        print(f"as it should be; next: git tag v{version}, and twine upload of the files that --keep leaves")
    return int(bool(faults))


def stated_version() -> str:
    """The version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def version_faults(version: str, tag: str | None) -> list[str]:
    """Where another version is stated than that of pyproject.toml."""
    stated = {
        "photostyle/__init__.py": r'__version__ = "(.+)"',
        "CHANGELOG.md": r"\n## (\S+)",
        "CITATION.cff": r"\nversion: (\S+)",
    }
    faults = []
    for name, pattern in stated.items():
        found = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"))
        if found is None or found[1] != version:
            faults.append(f"{name} says version {found and found[1]}, pyproject.toml {version}")
    if tag is not None and tag != f"v{version}":
        faults.append(f"the tag is {tag}, and the version {version}; it should be v{version}")
    return faults


def built(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist; the wheel is built from the sdist, as an installer would."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the build has failed:\n{done.stdout}{done.stderr}")
    (wheel,) = folder.glob(f"photostyle-{stated_version()}-*.whl")
    (sdist,) = folder.glob(f"photostyle-{stated_version()}.tar.gz")
    return wheel, sdist


def assets() -> list[str]:
    """All files of the packages that are no code, as they lie in the repository."""
    listed = subprocess.run(["git", "ls-files", "photostyle", "matting"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split("\n")[:-1]


def wheel_faults(names: Sequence[str], size: int, wanted: Sequence[str]) -> list[str]:
    """What is wrong with the files of a wheel: each file of the packages must be there, and nothing else."""
    there = set(names)
    faults = [f"the wheel lacks {name}" for name in wanted if name not in there]
    faults += [f"the wheel has {name}" for name in names if name.startswith(NOT_SHIPPED)]
    if not any(name.endswith("LICENSE") for name in names):
        faults.append("the wheel lacks LICENSE")
    if size > LARGEST_WHEEL:
        faults.append(f"the wheel has {size / 1e6:.0f} MB")
    return faults


def sdist_faults(sizes: dict[str, int]) -> list[str]:
    """What is wrong with the files of an sdist: name -> bytes, without the folder of the version."""
    faults = []
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml", "tests/conftest.py", "docs/README.md"):
        if name not in sizes:
            faults.append(f"the sdist lacks {name}")
    for name, size in sizes.items():
        if "shared/" in name or name.startswith(("out/", "build/", ".venv/")):
            faults.append(f"the sdist has {name}")
        elif size > SMALL_DATA and not name.startswith("photostyle/assets/"):
            faults.append(f"the sdist has {name} of {size / 1e6:.1f} MB")
    return faults


def zip_names(path: Path) -> list[str]:
    """Names of the files in a wheel."""
    with zipfile.ZipFile(path) as file:
        return file.namelist()


def sdist_sizes(path: Path) -> dict[str, int]:
    """Files in an sdist, without the folder of the version -> bytes."""
    with tarfile.open(path) as file:
        return {member.name.partition("/")[2]: member.size for member in file.getmembers() if member.isfile()}


if __name__ == "__main__":
    sys.exit(main())
