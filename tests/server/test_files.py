"""Settings and rules of a knowledge base."""

from __future__ import annotations

import pytest

from running import Running
from wenyuan.errors import WrongUse
from wenyuan.server.errors import Refused
from wenyuan.server.files import place_of, read_file, replace_file
from wenyuan.server.identity import Identity, rights_of

CALLER = Identity("k", "acme", rights_of(["admin"]))


def test_a_file_is_replaced_where_it_is_valid_and_holds_at_once(server: Running) -> None:
    service = server.service
    service.shelf.make("acme", "kb")
    folder = place_of(service, CALLER, "kb")
    assert read_file(folder, "wenyuan.toml") == ""
    replace_file(service, CALLER, "kb", "wenyuan.toml", "[answer]\nsources = 3\n")
    with service.shelf.lent("acme", "kb") as base:
        assert base.settings.answer.sources == 3
    with pytest.raises(WrongUse, match=r"^'answer.sorces' is not a setting; correct it in wenyuan.toml"):
        replace_file(service, CALLER, "kb", "wenyuan.toml", "[answer]\nsorces = 3\n")
    with pytest.raises(WrongUse, match=r'^There is no model "nope"'):
        replace_file(service, CALLER, "kb", "wenyuan.toml", '[understand]\nintent = "nope"\n')
    with pytest.raises(WrongUse, match=r'^understand.rewriter = "llm" needs a language model'):
        replace_file(service, CALLER, "kb", "wenyuan.toml", '[understand]\nrewriter = "llm"\n')
    with pytest.raises(WrongUse, match=r"^rules.toml, line 2"):
        replace_file(service, CALLER, "kb", "rules.toml", '[[rule]]\nname = "x"\n')
    assert read_file(folder, "wenyuan.toml") == "[answer]\nsources = 3\n"
    assert [each.name for each in folder.iterdir() if each.name.startswith(".")] == []
    assert list(service.home.staging.iterdir()) == []


def test_only_what_the_caller_reaches_has_a_place(server: Running) -> None:
    server.service.shelf.make("acme", "kb")
    for caller, kb in ((Identity("k", "other", rights_of(["admin"])), "kb"), (CALLER, "absent")):
        with pytest.raises(Refused):
            place_of(server.service, caller, kb)
