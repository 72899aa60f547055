"""Where Chinese and English sentences begin and end in running text or Markdown."""

from __future__ import annotations

import re

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")

_ITEM = r"""(?:[-*+•·▪◦●○■□]\s | \(?\d{1,3}[.)]\s | \d{1,3}[、．] | [（(][\d一二三四五六七八九十]{1,3}[)）]
              | [一二三四五六七八九十]{1,3}、 | [①-⑳] | (?:[QA]|问|答)\s?[:：])"""

# Possessive runs only: nothing in here can backtrack over text it has read.
_CANDIDATE = re.compile(
    rf"""
    (?P<line>  ^[^\S\n]*+(?:\#{{1,6}}\s|\|)[^\n]*+)                       # a heading or table row is one sentence
  | (?P<break> \n(?=[^\S\n]*+(?:\n|\||\#{{1,6}}\s|{_ITEM})))              # a blank line; the start of an item
  | (?P<stop>  [.!?。！？；｡…][.!?。！？；｡…」』”’）】》〉\])"'*_`]*+)       # stops and what closes after them
    """,
    re.VERBOSE | re.MULTILINE,
)
_HARD = re.compile(r"[。！？；｡]|……")
_EITHER_SIDE = re.compile(r"""(?:"+|'+|\*+|_+|`+)$""")  # opens or closes
_CONTINUES = "，、,：:"
_NEXT = re.compile(r"\s*+[\"'“‘(（\[*_`]{0,3}+(.?)")
_WORD = re.compile(r"[A-Za-z](?:[A-Za-z.]*[A-Za-z])?$")
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]$")
_TITLES = re.compile(
    r"(?:dr|mr|mrs|ms|prof|st|gen|col|capt|lt|sgt|rev|hon|gov|sen|rep|pres|mt|vs|cf|ca|approx|al|resp)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?:nos?|figs?|eqs?|secs?|ch|vol|pp?|art|para|ver|tab|refs?|app)$", re.IGNORECASE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`: in order, disjoint, trimmed, covering all that is not blank.

    A heading, table row, list item or blank line ends a sentence; any other line break does not. Linear in the text.
    """
    spans: list[tuple[int, int]] = []
    last = 0

    def close(at: int) -> None:
        nonlocal last
        piece = text[last:at]
        if body := piece.strip():
            start = last + len(piece) - len(piece.lstrip())
            spans.append((start, start + len(body)))
        last = at

    for match in _CANDIDATE.finditer(text):
        if match["line"] is not None:
            close(match.start())
            close(match.end())
        elif match["break"] is not None:
            close(match.end())
        elif end := _end(text, last, match.start(), match.end()):
            close(end)
    close(len(text))
    return spans


def _end(text: str, last: int, start: int, end: int) -> int:
    """Where the sentence from `last` ends, given the run of stops and closers text[start:end]; 0 if it goes on."""
    run = text[start:end]
    following = text[end : end + 1]
    if _HARD.search(run):
        if following and following in _CONTINUES:
            return 0
        mark = _EITHER_SIDE.search(run)
        if mark and following and not following.isspace() and text.count(mark[0], last, start) % 2 == 0:
            end -= len(mark[0])  # no partner before it: it opens the next sentence
        return end
    if not following:
        return end
    if not following.isspace() and not _ends_without_space(run, text[max(0, start - 1) : start], following):
        return 0
    match = _NEXT.match(text, end)
    after = match[1] if match else ""
    if after.islower() or (run[0] == "." and ".." not in run and _abbreviates(text, last, start, after)):
        return 0
    return end


def _ends_without_space(run: str, previous: str, following: str) -> bool:
    """Half-width stops in Chinese text stand without a space: 你好!再见."""
    if run[0] in ".…":
        return previous.isalpha() and _CJK.match(following) is not None
    return bool(_CJK.match(following) or _CJK.match(previous))


def _abbreviates(text: str, last: int, dot: int, after: str) -> bool:
    """Whether the full stop at `dot` belongs to the word before it: Dr. No. 5, U.S., e.g., "1." of a list."""
    window = text[max(last, dot - 16) : dot]
    if dot - last <= 16 and window.strip().isdigit():
        return True
    match = _WORD.search(window)
    if match is None:
        return False
    word = match[0]
    return bool(_TITLES.match(word) or _INITIALS.match(word) or (_NUMBERED.match(word) and after.isdigit()))
