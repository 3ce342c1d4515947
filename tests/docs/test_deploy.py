"""What docs/deploy.md offers: the Dockerfile, compose file, Job and Slurm script are sound, and their commands do what they say.

No engine is needed: files are read, and commands are run here, with the folders of a container replaced by those of the test.
"""

import importlib.util
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from photostyle import cli

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
OWNER = "10001:10001"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and what stands after them, lines that go on joined."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def test_the_base_is_pinned_and_slim():
    arguments = dict(value.split("=", 1) for name, value in instructions() if name == "ARG" and "=" in value)
    assert re.fullmatch(r"3\.\d+\.\d+-slim-[a-z]+", arguments["PYTHON"])
    bases = [value.partition(" AS ")[0] for name, value in instructions() if name == "FROM"]
    assert set(bases) == {"python:${PYTHON}"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = tuple(int(part) for part in arguments["PYTHON"].split("-")[0].split(".")[:2])
    assert python >= tuple(int(part) for part in project["requires-python"].removeprefix(">=").split("."))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", arguments[name]) for name in ("TORCH", "TORCHVISION"))
    assert set(arguments["EXTRAS"].split(",")) <= project["optional-dependencies"].keys()


def test_the_image_runs_as_nobody_special_and_says_whether_it_is_well():
    final = final_stage()
    by_name = {name: value for name, value in final}
    assert by_name["USER"] == OWNER
    assert json.loads(by_name["ENTRYPOINT"]) == ["photostyle"] and json.loads(by_name["CMD"]) == ["--help"]  # no shell between
    assert json.loads(by_name["HEALTHCHECK"].partition("CMD ")[2]) == ["python", "/opt/healthcheck.py"]
    assert by_name["EXPOSE"] == "8321"
    assert " HOME=/var/lib/photostyle " in by_name["ENV"]  # of a user whom the image does not know, too
    names = [name for name, _ in final]
    assert names.index("USER") < names.index("VOLUME")  # the volume's folder is made before, writable for every user
    first_run = next(value for name, value in final if name == "RUN")
    assert "install -d -m 1777 /data /var/lib/photostyle" in first_run
    assert all(name not in ("ADD", "MAINTAINER") for name, _ in instructions())
    assert any("PIP_NO_CACHE_DIR=1" in value for name, value in instructions() if name == "ENV")


def test_what_is_copied_is_there_and_reaches_the_engine():
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    assert ignored[0] == "*"
    for name, value in instructions():
        if name != "COPY" or value.startswith("--from"):
            continue
        *sources, _ = value.split()
        for source in sources:
            assert (ROOT / source).exists() and f"!{source}" in ignored, source
    stages = {value.partition(" AS ")[2] for name, value in instructions() if name == "FROM"}
    sources = re.findall(r"--from=(\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"))
    assert sources and set(sources) <= stages


def test_what_hatch_builds_the_wheel_from_is_copied():
    """pyproject.toml names files that have to lie beside it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    copied = {source for name, value in instructions() if name == "COPY" for source in value.split()[:-1]}
    needed = {project["project"]["readme"], *project["project"]["license-files"]}
    needed |= set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert needed <= copied


def test_without_the_index_of_small_wheels_the_build_says_so():
    """The shell of the image runs the line; pip is a stand-in that prints what it was told."""
    line = next(value for name, value in instructions() if name == "RUN" and "TORCH_INDEX" in value)
    script = f"set -e; pip() {{ echo pip $*; }}; {line}"

    def build(**arguments):
        found = {"VARIANT": "cpu", "TORCH_INDEX": "", "TORCH": "2.14.1", "TORCHVISION": "0.29.1", "PATH": os.environ["PATH"]}
        return subprocess.run(["sh", "-c", script], env=found | arguments, capture_output=True, text=True)

    refused = build()
    assert refused.returncode == 1 and "give TORCH_INDEX" in refused.stderr and "pip" not in refused.stdout
    assert build(TORCH_INDEX="x").stdout == "pip install --index-url x torch==2.14.1 torchvision==0.29.1\n"
    assert build(VARIANT="cuda", TORCH_INDEX="x").stdout == "pip install torch==2.14.1 torchvision==0.29.1\n"


@pytest.fixture
def health(monkeypatch):
    spec = importlib.util.spec_from_file_location("healthcheck", DEPLOY / "healthcheck.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_studio_is_well_as_long_as_it_answers(health, tmp_path):
    uvicorn = pytest.importorskip("uvicorn")
    import socket
    import threading

    from photostyle.studio.app import make_app

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        port = bound.getsockname()[1]
        command = ["/opt/photostyle/bin/python", "/opt/photostyle/bin/photostyle", "studio", "/data", "--port", str(port), ""]
        server = uvicorn.Server(uvicorn.Config(make_app(None, host="0.0.0.0", port=port), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert health.is_well(command)
            assert health.is_well([*command[:3], f"--port={port}"])
        finally:
            server.should_exit = True
            thread.join()
    assert not health.is_well(command)
    assert not health.is_well([*command[:2], "serve", "--port", str(port)])
    assert health.is_well(["photostyle", "batch", "/data"])


def services() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]


def filled(text: str) -> str:
    """A text of the compose file with the defaults of its variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@pytest.mark.parametrize("name", services())
def test_a_service_is_locked_down_and_built_from_the_dockerfile(name):
    service = services()[name]
    assert filled(service["user"]) == OWNER and service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    build = service["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT and (ROOT / build["dockerfile"]).is_file()
    assert service["image"].endswith(build["args"]["VARIANT"]) and name.endswith("-cuda") == ("deploy" in service)
    known = {value.partition("=")[0] for instruction, value in instructions() if instruction == "ARG"}
    assert set(build["args"]) <= known
    check_command([*service.get("entrypoint", ["photostyle"]), *service["command"]])
    if "ports" in service:  # the studio answers to its own address alone, so the port is the same on both sides
        outside, inside = service["ports"][0].split(":")[1:]
        assert outside == inside == service["command"][service["command"].index("--port") + 1]


def check_command(words: list[str]) -> None:
    """The command and each of its options exist."""
    assert words[0] == "photostyle"
    if not cli.app.registered_commands:
        cli._add_commands()
    name = [words[1], "photos"] if words[1] == "batch" else [words[1]]
    page = CliRunner().invoke(cli.app, [*name, "--help"], env={"COLUMNS": "250"})
    assert page.exit_code == 0
    for option in words[2:]:
        assert not option.startswith("--") or option in page.output, option


def job() -> dict:
    return yaml.safe_load((DEPLOY / "kubernetes.yaml").read_text("utf-8"))


def test_the_job_is_locked_down_and_its_shards_are_its_pods():
    spec = job()["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert spec["completionMode"] == "Indexed" and pod["restartPolicy"] == "Never"
    assert pod["securityContext"]["runAsNonRoot"] and f"{pod['securityContext']['runAsUser']}" == OWNER.partition(":")[0]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    shard = container["args"][container["args"].index("--shard") + 1]
    assert shard == f"auto/{spec['completions']}" and spec["parallelism"] <= spec["completions"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    check_command(["photostyle", *container["args"]])


@pytest.fixture
def data(tmp_path):
    """A folder with two tiny photos in shoot/, and a style."""
    (tmp_path / "shoot").mkdir()
    for place, name in enumerate(("shoot/a.png", "shoot/b.png", "dusk.jpg")):
        grey = Image.linear_gradient("L").resize((64, 48))
        Image.merge("RGB", (grey, grey.rotate(180), Image.new("L", grey.size, 60 + 80 * place))).save(tmp_path / name)
    return tmp_path


def slurm_words(data: Path, task: int, **environment: str) -> list[str]:
    """The words of the command that the script ends with, as a task of the array gets them."""
    tools = data / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("photostyle", "apptainer"):
        (tools / name).write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@"\n')
        (tools / name).chmod(0o755)
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "SLURM_CPUS_PER_TASK": "2", "SLURM_ARRAY_TASK_ID": str(task)}
    arguments = ["shoot", "dusk.jpg", "relit"]
    done = subprocess.run(
        ["bash", DEPLOY / "slurm.sh", *arguments], env=environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_slurm_script_runs_the_program_or_the_image(data):
    words = slurm_words(data, 0)
    assert words == ["photostyle", "batch", "shoot", "-s", "dusk.jpg", "-o", "relit/{reldir}/{stem}.{ext}", "--jobs", "2"]
    check_command(words)
    image = slurm_words(data, 0, PHOTOSTYLE_IMAGE="x.sif")
    assert image == ["apptainer", "exec", "--nv", "x.sif", *words]
    text = (DEPLOY / "slurm.sh").read_text("utf-8")
    assert os.access(DEPLOY / "slurm.sh", os.X_OK) and "#SBATCH --signal=B:TERM@" in text


def shards_of(name: str, data: Path) -> list[tuple[list[str], dict[str, str]]]:
    """The command of each shard, and its environment."""
    if name == "slurm":
        first, last = map(int, re.search(r"--array=(\d+)-(\d+)", (DEPLOY / "slurm.sh").read_text("utf-8")).groups())
        count = last - first + 1
        array = {"SLURM_ARRAY_TASK_MIN": str(first), "SLURM_ARRAY_TASK_COUNT": str(count)}
        tasks = range(first, last + 1)
        return [(slurm_words(data, task)[1:], {**array, "SLURM_ARRAY_TASK_ID": str(task)}) for task in tasks]
    args = [word.replace("/data", str(data)) for word in job()["spec"]["template"]["spec"]["containers"][0]["args"]]
    return [(args, {"JOB_COMPLETION_INDEX": str(index)}) for index in range(job()["spec"]["completions"])]


@pytest.mark.parametrize("name", ["kubernetes", "slurm"])
def test_each_photo_is_in_one_shard(name, data, monkeypatch):
    monkeypatch.chdir(data)
    planned = []
    for words, environment in shards_of(name, data):
        with monkeypatch.context() as shard:
            for key, value in environment.items():
                shard.setenv(key, value)
            done = CliRunner().invoke(cli.app, [*words, "--dry-run", "--json"])
            assert done.exit_code == 0, done.output
            planned += [record for record in map(json.loads, done.stdout.splitlines()) if "output" in record]
    assert sorted(Path(record["output"]).name for record in planned) == ["a.png", "b.png"]


@pytest.mark.slow
def test_the_shards_make_the_set(data, monkeypatch):
    quick = ["--segmenter", "none", "--steps", "2", "--size", "64", "--device", "cpu"]
    for words, environment in shards_of("kubernetes", data):
        with monkeypatch.context() as shard:
            for key, value in environment.items():
                shard.setenv(key, value)
            done = CliRunner().invoke(cli.app, [*words, *quick])
            assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (data / "relit").rglob("*.png")) == ["a.png", "b.png"]
