"""Two commands from a shell, with the shipped model and default settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_from_a_shell_with_the_shipped_model(tmp_path: Path) -> None:
    pytest.importorskip("wenyuan_models")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "zh.md").write_text("# 净水器\n\n滤芯每六个月更换一次。\n\n## 保修\n\n整机保修三年。\n", "utf-8")
    (docs / "en.md").write_text("# Router\n\nThe default password is printed on the bottom of the router.\n", "utf-8")
    path = os.pathsep.join(sys.path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENYUAN_")}

    def shell(*arguments: str) -> Any:
        command = [sys.executable, "-c", "from wenyuan.cli import main; main()", *arguments, "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, check=False, env={**environment, "PYTHONPATH": path}
        )
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        return json.loads(done.stdout)

    assert len(shell("add", "docs")["added"]) == 2
    for question, document, part in [
        ("净水器的滤芯多久更换一次？", "docs/zh.md", "六个月"),
        ("Where is the default password of the router printed?", "docs/en.md", "on the bottom"),
    ]:
        answer = shell("ask", question)
        assert answer["decision"] == "ANSWERED", answer
        citation = answer["citations"][0]
        assert citation["document"] == document
        assert part in citation["quote"]
        text = (tmp_path / document).read_text("utf-8")
        assert citation["quote"] == text[citation["start"] : citation["end"]]
