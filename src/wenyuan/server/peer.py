"""Who of this machine's users calls: the kernel knows whose a connection over the loopback interface is."""

from __future__ import annotations

import ipaddress
import os
import struct
from functools import cached_property
from pathlib import Path

from starlette.types import Scope

Address = tuple[str, int]

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_USER = 7  # the column of the user's number


class Peer:
    """The other end of a connection."""

    def __init__(self, address: Address | None) -> None:
        """None is one whom nobody knows."""
        self.address = address

    @cached_property
    def own(self) -> bool:
        """Whether it is a program of this process's user, or root's; asked of the kernel once, which takes it long.

        What the kernel does not know is nobody's own.
        """
        return self.address is not None and user_of(*self.address) in (os.getuid(), 0)


def peer_of(scope: Scope) -> Peer:
    """Who sends a request: the connection's other end, unless that is a proxy which names another."""
    client = scope.get("client")
    connected: Peer | None = scope.get("state", {}).get("peer")
    return connected if connected is not None and connected.address == client else Peer(client)


def user_of(host: str, port: int) -> int | None:
    """The number of the user whose socket has this address on this machine; None where there is none."""
    wanted = {f"{address}:{port:04X}" for address in _written(host)}
    for table in _TABLES:
        try:
            lines = table.read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[1] in wanted:
                return int(columns[_USER])
    return None


def _written(host: str) -> list[str]:
    """An address as the kernel writes it: words of 32 bits in the machine's own order."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        mapped = ipaddress.IPv6Address(f"::ffff:{address}")
        return [_words(address.packed), _words(mapped.packed)]
    return [_words(address.packed)] + ([_words(address.ipv4_mapped.packed)] if address.ipv4_mapped else [])


def _words(packed: bytes) -> str:
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)
