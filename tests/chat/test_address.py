"""Addresses as they may be shown: what could be a secret is masked, the rest stays."""

from __future__ import annotations

import pytest

from wenyuan.chat.address import secrets_of, without_secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("https://user:hunter2@host/v1", "https://***@host/v1"),
        ("https://hunter2@host/v1", "https://***@host/v1"),
        ("https://user:hu@nter2@host:1/v1", "https://***@host:1/v1"),
        ("https://user:hu/nter2@host/v1", "https://***@host/v1"),
        ("user:hunter2@host", "***@host"),
        ("https://host/v1?api_key=hunter2&v=1#x", "https://host/v1?api_key=***&v=***#***"),
        ("https://user:a@host/v1?to=b@c", "https://***@host/v1?to=***"),
        ("https://user:p?ss@host/v1", "https://***@host/v1"),
        ("https://user:p#ss@host/v1", "https://***@host/v1"),
        ("https://user:p?w/@host/v1?k=1", "https://***@host/v1?k=***"),
        ("https://user:p\n@host/v1", "https://***@host/v1"),
        ("https://user:p?a\nb@host/v1?c=d\ne", "https://***@host/v1?c=***"),
        ("https://[::1]:80/v1?to=b@c", "https://[::1]:80/v1?to=***"),
        ("https://host/v1?sk-abcdef", "https://host/v1?***"),
        ("https://host/v1?c2VjcmV0cw==&v=1", "https://host/v1?***&v=***"),
        ("https://host/v1?a=1;b=2&", "https://host/v1?a=***&"),
        ("https://host/v1#key=abc", "https://host/v1#***"),
        ("https://host/v1#a?b", "https://host/v1#***"),
        ("https://host/v1?key=ab#cd", "https://host/v1?key=***#***"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
    assert without_secrets(shown) == shown


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://host/v1", set()),
        ("https://user:p%40ss@host/v1", {"p%40ss", "p@ss"}),
        ("https://hunter2@host/v1", {"hunter2"}),
        ("https://host/v1?v=1&code=hunter2&hunter3", {"hunter2", "hunter3"}),
        ("https://host/v1?code=a/b+c", {"a/b+c", "a/b c", "a%2Fb%20c", "a%2Fb+c"}),
        ("https://host/v1?v=1&aHVudA==", {"aHVudA==", "aHVudA%3D%3D"}),
        ("https://host/v1?code=hunter#2", {"hunter", "hunter#2", "hunter%232"}),
    ],
)
def test_secrets_are_known_as_written_decoded_and_as_sent(url: str, secrets: set[str]) -> None:
    found = secrets_of(url)
    assert secrets <= set(found)
    assert bool(found) == bool(secrets)
    assert list(found) == sorted(found, key=len, reverse=True), "no secret is cut by a shorter one"
