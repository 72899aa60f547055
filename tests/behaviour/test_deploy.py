"""The files for those who operate a server can be read, agree with each other, and name what is there."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from wenyuan.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PORT = "8642"
PROXIES = ["nginx.conf", "Caddyfile"]


def instructions() -> list[tuple[str, str]]:
    """(word, rest) of each instruction of the Containerfile."""
    text = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def the(word: str) -> str:
    """What the last instruction of that kind says."""
    return [rest for each, rest in instructions() if each == word][-1]


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(ROOT / "deploy" / "wenyuan.service", encoding="utf-8")
    return parser


def statements(name: str) -> list[str]:
    """The lines of a proxy's file without comments, marks of blocks and ends."""
    text = (ROOT / "deploy" / name).read_text("utf-8")
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line.rstrip("; {") for line in lines if line]


def test_the_container_runs_the_server_as_nobody_with_its_data_apart() -> None:
    assert the("USER") == "10001"
    assert the("VOLUME") == "/data"
    assert json.loads(the("ENTRYPOINT")) == ["wenyuan"]
    assert json.loads(the("CMD")) == ["serve", "--home", "/data", "--host", "0.0.0.0"]
    assert the("EXPOSE") == PORT
    assert f"http://127.0.0.1:{PORT}/livez" in the("HEALTHCHECK")
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_the_health_check_is_python_that_can_be_read() -> None:
    command = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")


def test_the_container_is_built_from_files_that_are_there_and_sent() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    names = {name for each in copied for name in each}
    assert names == sent
    assert all((ROOT / name).exists() for name in names)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {project["readme"], *project["license-files"]} <= names


def test_python_is_one_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    images = [re.match(r"python:(\d+)\.(\d+)-slim\b", rest) for word, rest in instructions() if word == "FROM"]
    assert images
    assert all(image and tuple(map(int, image.groups())) >= wanted for image in images)


def test_compose_starts_that_container_for_this_machine_only() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    server, qdrant = compose["services"]["wenyuan"], compose["services"]["qdrant"]
    assert (ROOT / server["build"]["context"] / server["build"]["dockerfile"]).is_file()
    assert server["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert server["volumes"] == [f"wenyuan:{the('VOLUME')}"]
    assert server["read_only"] is True
    assert qdrant["profiles"] == ["qdrant"]  # nobody gets it who does not ask
    for service in (server, qdrant):
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert {place.partition(":")[0] for place in service["volumes"]} <= compose["volumes"].keys()


def test_compose_passes_settings_on_that_there_are() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    for name in compose["services"]["wenyuan"]["environment"]:
        section, key = name.removeprefix("WENYUAN_").lower().split("__")
        assert key in type(getattr(Settings(), section)).model_fields


def test_the_unit_runs_the_server_in_its_own_folder() -> None:
    service = unit()["Service"]
    command = shlex.split(service["ExecStart"])
    assert command[0].startswith("/")
    assert command[1:] == ["serve", "--home", "/var/lib/wenyuan", "--host", "127.0.0.1", "--port", PORT]
    assert service["ReadWritePaths"] == service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["Environment"] == f"WENYUAN_HOME={service['WorkingDirectory']}"
    assert service["User"] not in ("", "root")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"), ("CapabilityBoundingSet", ""), ("UMask", "0077"), ("LimitCORE", "0"),
    ],
)  # fmt: skip
def test_the_unit_takes_away_what_the_server_does_not_need(key: str, value: str) -> None:
    assert unit()["Service"][key] == value


def test_the_unit_lets_readers_of_files_have_their_memory_and_confine_themselves() -> None:
    service = unit()["Service"]
    assert int(service["MemoryMax"].removesuffix("G")) << 10 > 2 * Settings().load.memory_mb
    assert "landlock_restrict_self" in service["SystemCallFilter"].split()


@pytest.mark.parametrize("name", PROXIES)
def test_the_blocks_of_a_proxy_are_closed(name: str) -> None:
    text = re.sub(r"(^|\s)#.*", "", (ROOT / "deploy" / name).read_text("utf-8"))
    assert text.count("{") == text.count("}") > 0
    if name == "nginx.conf":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        assert [line for line in lines if line[-1] not in ";{}"] == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("nginx.conf", "server 127.0.0.1:8642"),
        ("nginx.conf", "listen 443 ssl"),
        ("nginx.conf", "proxy_buffering off"),
        ("nginx.conf", "proxy_request_buffering off"),
        ("nginx.conf", "proxy_read_timeout 330s"),
        ("nginx.conf", "client_max_body_size 512m"),
        ("nginx.conf", "proxy_set_header Host $host"),
        ("Caddyfile", "reverse_proxy 127.0.0.1:8642"),
        ("Caddyfile", "flush_interval -1"),
        ("Caddyfile", "max_size 512MB"),
        ("Caddyfile", "response_header_timeout 330s"),
        ("Caddyfile", "respond /metrics 403"),
    ],
)
def test_a_proxy_lets_answers_stream_and_uploads_through(name: str, wanted: str) -> None:
    assert wanted in statements(name)


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_says_that_a_key_is_needed(name: str) -> None:
    assert "wenyuan keys add" in (ROOT / "deploy" / name).read_text("utf-8")
