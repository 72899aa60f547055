"""The guard judges every address a name has, and gives them for the connection."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import pytest

from wenyuan.errors import FetchError
from wenyuan.fetch import Guard
from wenyuan.fetch.guard import resolve


def having(*addresses: str) -> Guard:
    return Guard(resolve=lambda host, port: addresses)


def test_the_addresses_of_a_name_in_their_order() -> None:
    assert [*map(str, having("1.1.1.1", "2606:4700::1").addresses("a.example", 443))] == ["1.1.1.1", "2606:4700::1"]


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("1.1.1.1", "10.0.0.1"), ("::ffff:a9fe:a9fe",), ("fe80::1%lo",)])
def test_one_address_that_is_not_public_closes_the_host(addresses: Sequence[str]) -> None:
    with pytest.raises(FetchError, match="no public address; an administrator may allow") as caught:
        having(*addresses).addresses("a.example", 80)
    assert not caught.value.retryable


def test_a_network_may_be_allowed_with_all_its_ports() -> None:
    guard = Guard([ipaddress.ip_network("10.1.0.0/16")], resolve=lambda host, port: ["10.1.2.3"])
    assert guard.addresses("wiki", 8080) == [ipaddress.ip_address("10.1.2.3")]


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 9200])
def test_other_ports_are_closed_unless_they_are_named(port: int) -> None:
    with pytest.raises(FetchError, match=f"Port {port} of a.example"):
        having("1.1.1.1").addresses("a.example", port)
    assert Guard(ports=[port], resolve=lambda host, port: ["1.1.1.1"]).addresses("a.example", port)


def test_a_name_that_is_not_found_may_be_found_later() -> None:
    def fail(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(FetchError, match=r"The host nowhere.example is not found") as caught:
        Guard(resolve=fail).addresses("nowhere.example", 80)
    assert caught.value.retryable
    with pytest.raises(FetchError, match="has no address"):
        having().addresses("a.example", 80)
    with pytest.raises(FetchError, match="is not found"):
        having("what?").addresses("a.example", 80)


def test_this_system_looks_names_up() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(FetchError, match="no public address"):
        Guard().addresses("localhost", 80)
