"""Addresses as they may be shown: what could be a secret is masked, the rest stays."""

from __future__ import annotations

import pytest

from wenyuan.chat.address import without_secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("https://user:hunter2@host/v1", "https://***@host/v1"),
        ("https://hunter2@host/v1", "https://***@host/v1"),
        ("https://user:hu@nter2@host:1/v1", "https://***@host:1/v1"),
        ("https://user:hu/nter2@host/v1", "https://***@host/v1"),
        ("user:hunter2@host", "***@host"),
        ("https://host/v1?api_key=hunter2&v=1#x", "https://host/v1?api_key=***&v=***#x"),
        ("https://user:a@host/v1?to=b@c", "https://***@host/v1?to=***"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
    assert without_secrets(shown) == shown
