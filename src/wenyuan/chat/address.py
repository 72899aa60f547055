"""Base URLs as they may be shown and kept: without the passwords and keys that can stand in them."""

from __future__ import annotations

import re

_USER = re.compile(r"^([^/]*//)?.*@")  # to the last @: a password may have any character, if not rightly
_VALUE = re.compile(r"(?<==)[^&#]+")


def without_secrets(url: str) -> str:
    """`url` with *** in place of user and password, and of every value in its query, which may be a key."""
    place, mark, query = url.partition("?")
    return _USER.sub(r"\1***@", place) + mark + _VALUE.sub("***", query)
