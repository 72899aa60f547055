"""Marks that are for machines are not read as text."""

from __future__ import annotations

import pytest

from wenyuan.text.marks import box, unmarked


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (":::note", ""),
        (":::warning Limit", "Limit"),
        ("::: tip 提示", "提示"),
        (":::note[Mind the gap]", "Mind the gap"),
        (":::", ""),
        ("[!NOTE]", ""),
        ("[!TIP] A title", "A title"),
        ('!!! tip "Which names"', "Which names"),
        ("!!! warning", ""),
        ('??? tip "Hidden"', "Hidden"),
        ("???+ note", ""),
        ('=== "白鹭系统"', "白鹭系统"),
        ("{{< note >}}", ""),
        ("{{% /alert %}}", ""),
        ("{% hint style='info' %}", ""),
        ('<Aside type="tip" title="Short">', "Short"),
        ("</Aside>", ""),
        ("<br/>", ""),
        ("<details><summary>More</summary>", "More"),
        ("<!-- a comment -->", ""),
        ("![](a.png)", None),
        (".. note::", ""),
        ("Text that is read.", None),
        ("a :: b", None),
        ("... and so on", None),
        ("=== 3 ways", None),
        ("<b>bold</b> text", None),
    ],
)
def test_boxes_and_tabs_are_known_with_their_titles(line: str, title: str | None) -> None:
    assert box(line) == title


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("![](a.png) Press the key.", "Press the key."),
        ("Press the key. ![the key](img/key.png){width=300}", "Press the key."),
        ('<img src="a.png" alt="x"> 按下按钮。<br>', "按下按钮。"),
        ("![only](an-image.png)", ""),
        ("{{< note >}}Mind the gap.{{< /note >}}", "Mind the gap."),
        ('<a id="top"></a>Begin here.', "Begin here."),
        ("> Nobody is told.", "Nobody is told."),
        ("Use Vec<T>", "Use Vec<T>"),
        ("A[0] ![key](k.png) stays inside.", "A[0] ![key](k.png) stays inside."),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_images_tags_and_templates_at_the_edges_are_not_read(text: str, read: str) -> None:
    assert text[slice(*unmarked(text, 0, len(text)))] == read
