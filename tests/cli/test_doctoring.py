"""`wenyuan doctor --home`."""

from __future__ import annotations

from pathlib import Path

from commands import Wenyuan
from wenyuan.server.database import Database
from wenyuan.server.home import Home


def test_a_line_for_each_thing_and_an_exit_code(wenyuan: Wenyuan, tmp_path: Path) -> None:
    home = tmp_path / "home"
    Database(Home(home, {}).database).close()
    run = wenyuan("doctor", "--home", str(home))
    assert run.code == 0
    assert "good: The server's database is sound.\n" in run.out
    assert "note: There is no key" in run.out
    assert {each["what"] for each in wenyuan("doctor", "--home", str(home), "--json").json["findings"]} >= {"disk"}
    home.chmod(0o777)
    run = wenyuan("doctor", "--home", str(home))
    assert run.code == 1
    assert run.out.startswith("problem: Other users can look into ")
    assert wenyuan("doctor", "--home", str(tmp_path / "nowhere")).code == 2
