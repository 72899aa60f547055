"""Notes in the folders of knowledge bases, each of one server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from running import MODELS
from wenyuan.errors import Busy
from wenyuan.server.home import Home
from wenyuan.server.pointers import SERVER_FILE, Pointers
from wenyuan.server.service import Options, Service


def test_a_note_is_there_while_its_server_lives(tmp_path: Path) -> None:
    pointers = Pointers()
    for n in (1, 2):
        pointers.put(tmp_path, {"n": n})
        assert json.loads((tmp_path / SERVER_FILE).read_text()) == {"n": n}
    pointers.close()
    assert not [*tmp_path.iterdir()]


def test_a_second_server_leaves_the_note_of_the_first(tmp_path: Path) -> None:
    first, second = Pointers(), Pointers()
    first.put(tmp_path, {"n": 1})
    with pytest.raises(Busy, match=r"is served by another server already; stop that, or name others with --kb\.$"):
        second.put(tmp_path, {"n": 2})
    second.close()
    assert json.loads((tmp_path / SERVER_FILE).read_text()) == {"n": 1}
    first.close()
    second.put(tmp_path, {"n": 2})
    second.close()


def test_what_a_server_left_that_was_killed_is_replaced(tmp_path: Path) -> None:
    died = "import os, sys; from pathlib import Path; from wenyuan.server.pointers import Pointers; "
    died += "made = Pointers(); made.put(Path(sys.argv[1]), {}); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", died, str(tmp_path)], check=False)
    assert (tmp_path / SERVER_FILE).exists()
    pointers = Pointers()
    pointers.put(tmp_path, {"n": 1})
    pointers.close()


def test_a_knowledge_base_has_one_server(tmp_path: Path) -> None:
    Home(tmp_path / "first", {})
    first = Service(Home(tmp_path / "first", {}), Options(), models=MODELS)
    first.shelf.make("default", "kb")
    first.start()
    served = {"kb": tmp_path / "first" / "tenants" / "default" / "kb"}
    second = Service(Home(tmp_path / "second", served), Options(), models=MODELS)
    with pytest.raises(Busy, match="is served by another server already"):
        second.start()
    second.close()
    assert (served["kb"] / SERVER_FILE).exists()
    first.close()
