"""Who of this machine's users calls: the kernel knows whose a connection over the loopback interface is."""

from __future__ import annotations

import ipaddress
import os
import struct
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_USER = 7  # the column of the user's number


def is_own(client: tuple[str, int] | None) -> bool:
    """Whether the other end of a connection, by its address and port, is a program of this process's user, or root's.

    What the kernel does not know is nobody's own.
    """
    return client is not None and user_of(*client) in (os.getuid(), 0)


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
