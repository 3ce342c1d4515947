"""What a run shows of its progress where stderr is no terminal, and on one."""

import pytest

from photostyle.cli import report
from photostyle.events import Progress, Tell


def work(tell: Tell) -> None:
    """Stages as a transfer has them; the solver begins anew once."""
    with tell.stage("read"):
        pass
    with tell.stage("solve"):
        for step in (1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8):
            tell(Progress("solve", step, 8, {"total": 1 / step}))
    with tell.stage("render"):
        pass


def test_lines_of_a_run(capsys):
    with report.progress(False) as callback:
        work(Tell(callback))
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.endswith("...")] == ["read...", "solve...", "render..."]
    losses = [line for line in lines if "loss" in line]
    assert losses == ["solve 2/8 loss 0.5000", "solve 4/8 loss 0.2500", "solve 6/8 loss 0.1667", "solve 8/8 loss 0.1250"]


def test_a_second_run_has_lines_of_its_own(capsys):
    with report.progress(False) as callback:
        work(Tell(callback))
        work(Tell(callback))
    assert capsys.readouterr().err.count("solve 8/8") == 2


def test_quiet_is_silent(capsys):
    with report.progress(True) as callback:
        work(Tell(callback))
    assert capsys.readouterr().err == ""


def test_the_bar_never_goes_back_within_a_stage(monkeypatch):
    shown = []

    class Bar:
        def __init__(self, *columns, **settings):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def add_task(self, *names, **settings):
            return 0

        def update(self, task, description, completed, total, facts):
            shown.append((description, completed / total))

    monkeypatch.setattr("rich.progress.Progress", Bar)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with report.progress(False) as callback:
        work(Tell(callback))
    for stage in ("read", "solve", "render"):
        fractions = [fraction for name, fraction in shown if name == stage]
        assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1


@pytest.mark.parametrize("values", [{}, {"style": 1.0}])
def test_a_stage_without_a_total_loss_is_one_line(capsys, values):
    with report.progress(False) as callback:
        for step in range(4):
            callback(Progress("verify", step, 3, values))
    assert capsys.readouterr().err == "verify...\n"
