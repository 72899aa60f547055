"""Base URLs as they may be shown and kept: without the passwords and keys that can stand in them."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_SHORTEST = 4  # characters of a value that is masked wherever a server says it
# A host with a path, before a query or fragment: an @ after it is one of those, else it ends a password with ? or #.
_HOST = re.compile(r"(?:[^/?#]*//)?(?:[^?#]*@)?(?:\[[^]@?#]*\]|[^]:/?#@[]+)(?::\d+)?/[^?#]*(?=[?#])")
_USER = re.compile(r"^([^/]*//)?(.*)@", re.DOTALL)  # to the last @: a password may have any character, if not rightly
_PART = re.compile(r"(?<=[?&])([^&=]*=)?([^&]+)")  # of a query


def without_secrets(url: str) -> str:
    """`url` with *** in place of user and password, of all values in its query and of its fragment: each may be a key.

    The names of parameters stay.
    """
    place, query, fragment = _split(url)
    return _USER.sub(r"\1***@", place) + _PART.sub(_masked, query) + (fragment and "#***")


def secrets_of(url: str) -> tuple[str, ...]:
    """Password and values of the query as written, decoded and as sent, the longest first: `mask` takes them in order.

    Values of fewer than 4 characters are left out, for they would be masked within other words.
    """
    written = set()
    place, query, fragment = _split(url)
    if user := _USER.match(place):
        name, _, password = user[2].partition(":")
        written.add(password or name)
    for sent in (query, query + fragment):  # a client may send # as a part of the value
        values = (_named(part)[1] for part in _PART.finditer(sent))
        written |= {value for value in values if len(unquote(value)) >= _SHORTEST}
    plain = written | {decoded(each) for each in written for decoded in (unquote, unquote_plus)}
    known = plain | {encoded(each, safe="") for each in plain for encoded in (quote, quote_plus)}
    return tuple(sorted(filter(None, known), key=len, reverse=True))


def _split(url: str) -> tuple[str, str, str]:
    """What stands before query and fragment, and each of these with its mark, if it is there."""
    host = _HOST.match(url)
    at = host.end() if host else url.rfind("@") + 1
    end = min((place for mark in "?#" if (place := url.find(mark, at)) >= 0), default=len(url))
    query, mark, fragment = url[end:].partition("#")
    return url[:end], query, fragment and mark + fragment


def _named(part: re.Match[str]) -> tuple[str, str]:
    """A parameter's name with its =, and its value; a part without either is a value, also base64 that ends in =."""
    name, value = part.groups()
    return (name, value) if name and value.strip("=") else ("", part[0])


def _masked(part: re.Match[str]) -> str:
    return f"{_named(part)[0]}***"
