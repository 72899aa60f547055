"""What every path is given."""

from __future__ import annotations

import re

from running import Running

OPEN = {"/livez", "/readyz", "/version", "/widget.js"}


def test_every_path_wants_a_key(library: Running) -> None:
    """But those that say whether the process lives, and the script of the widget.

    Without a key, or with a wrong one, all say the same.
    """
    library.key("read")
    wrong = library.client("wy-00000000-x")
    paths = library.client(library.key("read")).get("/openapi.json").json()["paths"]
    calls = [(method, path) for path, methods in paths.items() for method in methods]
    assert len(calls) > 25
    for method, path in calls:
        status = wrong.request(method, re.sub(r"{\w+}", "x", path)).status_code
        assert (status == 401) == (path not in OPEN), (method, path, status)


def test_every_error_of_a_path_is_described(library: Running) -> None:
    described = library.client(library.key("read")).get("/openapi.json").json()["paths"]
    for path, methods in described.items():
        for method, said in methods.items():
            wanted = set() if path in OPEN else {"400", "401", "403", "404", "413", "422", "429", "500", "503"}
            assert wanted <= set(said["responses"]), (path, method)
