"""Amounts in two units, and lists whose unit stands at the end."""

from __future__ import annotations

import pytest

from .figures import said


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("1小时30分钟", ["90 min"]),
        ("1 hour and 30 minutes", ["90 min"]),
        ("1小时零5分钟", ["65 min"]),
        ("5 ft 10 in", ["70 in"]),
        ("3元5角", ["35 角"]),
        ("2年6个月", ["30 month"]),
        ("不超过1小时30分钟", ["≤90 min"]),
        ("1天，2小时", ["1 d", "2 h"]),
        ("30分钟1小时", ["30 min", "1 h"]),
        ("1小时90分钟", ["1 h", "90 min"]),
        ("1.5小时30分钟", ["3/2 h", "30 min"]),
        ("共2、3、5 天", ["2 d", "3 d", "5 d"]),
        ("10 or 20 mm", ["10 mm", "20 mm"]),
        ("共3或5名", ["3", "5 名"]),
        ("端口8080、3 秒", ["8080", "3 s"]),
        ("0.58, 1.85%", ["29/50", "37/20 %"]),
    ],
)
def test_lists_and_compounds(text: str, stated: list[str]) -> None:
    assert said(text) == stated
