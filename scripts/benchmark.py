"""Measure photostyle and its rivals: `scripts/benchmark.py COMMAND --help`.

Commands: quality, speed, memory, growth, invariance, profile, sets, tables, threads, paint, networks, video. Each is the
function of its name in scripts/benchmark_<name>.py, prints one table and writes one JSON into docs/benchmark. What was measured
so far, and how to repeat it, is in docs/notes/performance.md.
"""

from importlib import import_module

import typer

COMMANDS = ("quality", "speed", "memory", "growth", "invariance", "profile", "sets", "tables", "threads")  # of light
COMMANDS += ("paint", "networks", "video")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__.splitlines()[0])
for name in COMMANDS:
    app.command(name)(getattr(import_module(f"benchmark_{name}"), name))

if __name__ == "__main__":
    app()
