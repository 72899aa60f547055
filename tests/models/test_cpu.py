"""What is said of a processor, from the words of /proc/cpuinfo."""

from __future__ import annotations

import pytest

from wenyuan.models.cpu import features, slow_int8


@pytest.mark.parametrize(
    ("cpuinfo", "fast"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni amx_bf16\n\nprocessor\t: 1\nflags\t\t: fpu\n", True),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp\n", True),
        ("processor\t: 0\nvmx flags\t: avx_vnni\nflags\t\t: fpu avx2\n", False),
        ("", False),
    ],
)
def test_the_flags_say_whether_int8_is_fast(tmp_path, cpuinfo, fast):
    file = tmp_path / "cpuinfo"
    file.write_text(cpuinfo)
    note = slow_int8(features(file))
    assert note is None if fast else note is not None and "no int8 dot product" in note


def test_a_system_that_does_not_say_is_named(tmp_path):
    assert features(tmp_path / "absent") is None
    assert "does not say" in str(slow_int8(None))
