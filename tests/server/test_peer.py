"""Whose a connection is."""

from __future__ import annotations

import os
import socket

import pytest

from wenyuan.server.peer import Peer, peer_of, user_of


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_the_kernel_knows_whose_a_connection_is(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no such address")
        server.listen()
        with socket.create_connection(server.getsockname()[:2]) as client:
            address, port = client.getsockname()[:2]
            assert user_of(address, port) == os.getuid()
            assert Peer((address, port)).own
        assert user_of(host, 1) is None


def test_ipv4_callers_of_a_socket_for_both_are_known() -> None:
    with socket.socket(socket.AF_INET6) as server:
        try:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            server.bind(("::", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        server.listen()
        with socket.create_connection(("127.0.0.1", server.getsockname()[1])):
            connection, peer = server.accept()
            with connection:
                assert peer[0] == "::ffff:127.0.0.1"
                assert Peer((peer[0], peer[1])).own


def test_what_is_not_known_is_nobodys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Peer(None).own
    assert not Peer(("127.0.0.1", 1)).own
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as client:
            monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
            assert Peer(client.getsockname()).own == (user_of(*client.getsockname()) == 0)


def test_who_is_named_by_a_proxy_is_not_the_proxy() -> None:
    connected = Peer(("127.0.0.1", 4711))
    assert peer_of({"client": ("127.0.0.1", 4711), "state": {"peer": connected}}) is connected
    for other in (("203.0.113.9", 0), ("127.0.0.1", 0), None):
        named = peer_of({"client": other, "state": {"peer": connected}})
        assert named.address == other
        assert not named.own
    assert not peer_of({}).own
