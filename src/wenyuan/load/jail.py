"""Walls around a process that reads what strangers wrote: limits of the system, and what it may reach.

Limits hold on every Unix. On Linux the process also loses the way to the file system but for reading libraries
(Landlock), and to the network, other programs and other processes (seccomp); where a kernel or a container has neither,
the limits remain. What is confined is the calling thread and all that it starts, so this comes before libraries that
start threads are imported.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import math
import os
import platform
import resource
import select
import signal
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2  # prctl(2)
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
_LANDLOCK_VERSION, _LANDLOCK_PATH = 1, 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # version of Landlock → how many rights on files it knows
_READ = 0b1100  # to read a file, to list a folder
_FILE_ONLY = 0b0100

# Audit number of the architecture; numbers of: socket, execve, execveat, ptrace, process_vm_readv and _writev, kill,
# pidfd_send_signal, io_uring_setup (which opens sockets, too), bpf, unshare, setns; then those that change whose a file
# is, which Landlock lets through: chmod, fchmodat, fchmodat2, chown, lchown, fchownat, setxattr, lsetxattr.
_DENIED: dict[str, tuple[int, Sequence[int]]] = {
    "x86_64": (
        0xC000003E,
        (41, 59, 322, 101, 310, 311, 62, 424, 425, 321, 272, 308, 90, 268, 452, 92, 94, 260, 188, 189),
    ),
    "aarch64": (0xC00000B7, (198, 221, 281, 117, 270, 271, 129, 424, 425, 280, 97, 268, 53, 452, 54, 5, 6)),
}
_X32 = 0x40000000  # a second set of numbers on x86_64
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of BPF
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EPERM


def leash(pipe: int) -> None:
    """End this process the moment the other end of `pipe` is closed, whatever it is doing then.

    The system sends SIGIO, which ends a process that has no handler for it. PR_SET_PDEATHSIG would not do: it acts
    when the thread that started us ends, and the threads of a server come and go.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    watched = select.poll()
    watched.register(pipe, select.POLLHUP)
    if watched.poll(0):  # it was closed before
        os._exit(0)


def confine(readable: Iterable[str]) -> None:
    """Take away everything but reading below `readable`, as far as this system can; see the module."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _landlock(libc, readable)
    _seccomp(libc)


def bound(memory: int) -> None:
    """Limit what this process may use from now on: `memory` bytes more of it, no files written, no processes begun."""
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 64)]
    limits += [(resource.RLIMIT_NPROC, 0), (resource.RLIMIT_AS, address_space() + memory)]
    for name, most in limits:
        hard = resource.getrlimit(name)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (allowed, allowed))


def allow_seconds(seconds: float) -> None:
    """Let this process compute for so long from now on; then SIGXCPU ends it."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(own.ru_utime + own.ru_stime + seconds), hard))


def address_space() -> int:
    """Bytes that this process has mapped; 0 where the system does not say."""
    return _of_statm(0)


def resident() -> int:
    """Bytes of memory that this process has in use; 0 where the system does not say."""
    return _of_statm(1)


def _of_statm(column: int) -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[column]) * resource.getpagesize()
    except OSError:
        return 0


def _landlock(libc: ctypes.CDLL, readable: Iterable[str]) -> None:
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return
    rights = (1 << _RIGHTS[max(known for known in _RIGHTS if known <= version)]) - 1
    # rights on files; to bind and connect by TCP; to reach abstract sockets and signal processes outside
    handled = struct.pack("=QQQ", rights, 0b11, 0b11)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = libc.syscall(_LANDLOCK_CREATE, handled, ctypes.c_size_t(len(handled)), 0)
    for place in readable:
        try:
            handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:  # not on this system
            continue
        allowed = _READ if os.path.isdir(place) else _FILE_ONLY
        libc.syscall(_LANDLOCK_ADD, rules, _LANDLOCK_PATH, struct.pack("=Qi", allowed, handle), 0)
        os.close(handle)
    libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def _seccomp(libc: ctypes.CDLL) -> None:
    if platform.machine() not in _DENIED or sys.maxsize < 1 << 32:
        return
    audit, denied = _DENIED[platform.machine()]
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, audit), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    program.append((_AT_LEAST, len(denied) + 1, 0, _X32))
    program += [(_EQUAL, len(denied) - at, 0, number) for at, number in enumerate(denied)]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    filter_of = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(filter_of), 0, 0)
