"""Rules that are not written yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.rules import Rule, When, parse_rules
from wenyuan.server.errors import Refused
from wenyuan.server.ruling import checked, read, written


@pytest.mark.parametrize("name", ["plain", 'it\'s "a\\b\t"\n', "水泵: 保修期多长?"])
def test_a_rule_is_written_so_that_it_is_read_as_it_was(name: str) -> None:
    rule = Rule(name, When(all=("保修", '"x" \\')), pin=(f"{name}.md",))
    assert parse_rules(written(rule), Path("rules.toml")).rules == (rule,)


def test_a_text_is_checked_as_the_command_does_it() -> None:
    found = checked('[[rule]]\nname = "a"\npin = ["b.md"]\nuntil = 2020-01-01\n')
    assert [(each["name"], each["active"]) for each in found["rules"]] == [("a", False)]
    with pytest.raises(Refused) as refused:
        read('[[rule]]\nname = "a"\n')
    assert (refused.value.status, refused.value.param) == (422, "2")
