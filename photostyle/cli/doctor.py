"""`photostyle doctor`: what of photostyle works on this machine, and what to do about the rest."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from photostyle.cli import doctor_checks
from photostyle.cli.doctor_checks import Finding

Check = Callable[[], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    doctor_checks.versions,
    doctor_checks.devices,
    doctor_checks.formats,
    doctor_checks.models,
    doctor_checks.licences,
    doctor_checks.caches,
    doctor_checks.room,
    doctor_checks.environment,
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON on stdout.")] = False,
) -> None:
    """Say what works here: versions, devices, photo formats, models, caches, memory, environment variables.

    The exit code is 1 if something is broken.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        findings.extend(_safely(check))
    broken = [finding for finding in findings if finding.state == "broken"]
    if as_json:
        record = {"ok": not broken, "findings": [asdict(finding) for finding in findings]}
        typer.echo(json.dumps(record, indent=2))
    else:
        _print(findings)
    if broken:
        raise typer.Exit(1)


def _safely(check: Check) -> Iterator[Finding]:
    """The findings of a check; whatever it raises is a finding too, for this command is run where things are broken."""
    try:
        yield from check()
    except Exception as error:
        reason = f"{type(error).__name__}: {_first_line(error)}"
        yield Finding(check.__name__, "check", "broken", reason, "install photostyle again")


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    if not text:
        return type(error).__name__
    return text.splitlines()[0]


def _print(findings: list[Finding]) -> None:
    """The findings under their topics, and a last line that sums them up."""
    width = max(len(finding.name) for finding in findings)
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            sys.stdout.write(f"{topic}\n")
        line = f"  {finding.state:<7}  {finding.name:<{width}}  {finding.says}"
        if finding.advice:
            line += f"; {finding.advice}"
        typer.secho(line, bold=finding.topic == "licences")
    counts = Counter(finding.state for finding in findings)
    if counts["broken"]:
        sys.stdout.write(f"{counts['broken']} broken: photostyle will not work before that is repaired\n")
    else:
        sys.stdout.write(f"photostyle works here; {counts['missing']} optional things are missing\n")
