"""What is typed wrong is one line that says what to do, and exit code 2; help is quick."""

import subprocess
import sys

import pytest

MISTAKES = {
    "run --strengh 1": "there is no option --strengh; did you mean --strength?",
    "render --forse": "there is no option --forse; did you mean --force?",
    "look --inffo": "there is no option --inffo; did you mean --info?",
    "lut --solvesize 9": "there is no option --solvesize; did you mean --solve-size?",
    "compare --style a": "there is no option --style; did you mean --styles?",
    "batch --strengh 1": "there is no option --strengh; did you mean --strength?",
    "batch merge --outputs a": "there is no option --outputs; did you mean --output?",
    "masks --leest 1": "there is no option --leest; did you mean --least?",
    "masks check --jsn": "there is no option --jsn; did you mean --json?",
    "models pull --zzz": "there is no option --zzz; see photostyle models pull --help",
    "doctor --jsn": "there is no option --jsn; did you mean --json?",
    "--versoin": "there is no option --versoin; did you mean --version?",
    "rn": "there is no command rn; did you mean run?",
    "models pul": "there is no command pul; did you mean pull?",
    "oil": "there is no command oil; the commands are run, paint, video, train, render, look,",
    "models pull": "name the models to download, at least one of",
    "run -c": "-c needs a value",
    "run -c a.jpg": "STYLE is missing, as in photostyle run day.jpg sunset.jpg; see photostyle run --help",
    "run a.jpg b.jpg c.jpg d.jpg": "it takes one photo, and photostyle batch takes many; see photostyle run --help",
    "render a.jpg": "TRANSFORM is missing, as in photostyle render day.jpg day.safetensors",
    "look": "PHOTO is missing; see photostyle look --help",
    "run -c a.jpg -s b.jpg c.jpg": "c.jpg is one photo too many",
    "run -c a.jpg -s b.jpg --quiet=3": "--quiet takes no value; leave it out",
    "run -c a.jpg -s b.jpg --size large": "size must be a whole number, got 'large'",
    "run -c a.jpg -s b.jpg --size 9": "size must be a whole number from 64 to 4096, got 9",
    "run -c a.jpg -s b.jpg --seed -1": "seed must be a whole number from 0",
    "run -c a.jpg -s b.jpg --strength much": "strength must be a number, or one by region such as",
    "run -c a.jpg -s b.jpg --precision half": "precision must be one of auto, float32, bfloat16, got 'half'",
    "run -c a.jpg -s b.jpg --pair sky": "got 'sky' (--pair)",
    "run -c a.jpg -s b.jpg --depth 12": "depth must be one of keep, 8, 16, float, got '12'",
    "run -c a.jpg -s b.jpg --method oil": "method must be one of field, pixels, paint, network, autoencoder, got 'oil'",
    "run -c a.jpg -s b.jpg --method pixels --fast": "method pixels has no option fast, only field, paint; leave it out",
    "run -c a.jpg -s b.jpg --solver pixel --fast": "method pixels has no option fast, only field, paint; leave it out",
    "lut -c a.jpg -s b.jpg -o c.cube --size x": "size must be a whole number, got 'x'",
    "lut -c a.jpg -s b.jpg -o c.cube --solve-size 9": "size must be a whole number from 64 to 4096, got 9 (--solve-size)",
    "compare --before a.jpg --after b.jpg -o c.jpg --cell x": "cell must be a whole number, got 'x'",
    "masks a.jpg --least x": "least must be a number, got 'x'",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_line(line, call, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, stdout, stderr = call(*line.split())
    assert (code, stdout) == (2, "") and stderr.count("\n") == 1
    assert stderr.startswith("photostyle: ") and MISTAKES[line] in stderr
    assert not list(tmp_path.iterdir())


def test_no_command_shows_the_help(call):
    _, stdout, stderr = call()
    assert "render" in stdout + stderr and "Usage" in stdout + stderr


MEASURED = """
import sys
sys.argv = ["photostyle", *sys.argv[1:]]
from photostyle import cli
try:
    cli.main()
except SystemExit as stop:
    assert not stop.code
print("heavy:", sorted({"torch", "numpy", "scipy", "PIL"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "line",
    [
        "--help", "--version", "run --help", "render --help", "look --help", "lut --help", "compare --help", "doctor --help",
        "batch --help", "batch merge --help", "masks --help", "masks check --help", "models --help", "models pull --help",
    ],
)  # fmt: skip
def test_help_loads_nothing_heavy(line):
    run = subprocess.run([sys.executable, "-c", MEASURED, *line.split()], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "heavy: []" in run.stderr, run.stderr
