"""HTTP with a server of ours: JSON there and back, events as they come, and its errors as ours."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from wenyuan.chat.address import without_secrets
from wenyuan.desk import Event, Shape
from wenyuan.errors import EndpointError, MissingExtra, NoAccess, WenyuanError, WrongUse

if TYPE_CHECKING:
    import httpx

    Params = Mapping[str, str | int | Sequence[str]]
    Files = Sequence[tuple[str, tuple[str, IO[bytes]]]]

_CONNECT_S = 10.0
_REPLY_S = 600.0  # a question waits for models that are loaded, an upload for the server's disk
_WRONG_USE, _NO_ACCESS = (400, 404, 422), (401, 403)
_WRONG_TYPES = ("invalid_request_error", "not_found_error")  # of errors that come without a status: in events and jobs


class Wire:
    """Connections to one server. `refused` is raised in the place of the error where nothing listens there."""

    def __init__(self, url: str, key: str, *, refused: WenyuanError | None = None, direct: bool = False) -> None:
        """`direct`: by no proxy of the environment, for a server on this machine."""
        try:
            import httpx  # noqa: F401 - whether it is there
        except ImportError as error:
            raise MissingExtra("Asking a server needs the extra: `pip install 'wenyuan[server]'`.") from error
        if not url.startswith(("http://", "https://")):
            raise WrongUse(f"'{without_secrets(url)}' is no URL of a server; write for example http://127.0.0.1:8642.")
        self.url = without_secrets(url.rstrip("/"))
        """As it may be shown."""
        self._refused = refused
        # Its sentences are said in the reader's language where they are printed, as ours are.
        headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._client = self._opened(url, headers, trust_env=not direct)

    def get(self, path: str, params: Params | None = None) -> Shape:
        """What lies there."""
        return self._sent("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any]) -> Shape:
        """What becomes of a request."""
        return self._sent("POST", path, json=body)

    def delete(self, path: str, params: Params | None = None) -> Shape:
        """What becomes of a removal."""
        return self._sent("DELETE", path, params=params)

    def upload(self, path: str, files: Files, fields: Mapping[str, str]) -> Shape:
        """What becomes of files, which are read while they are sent."""
        return self._sent("POST", path, files=files, data=fields)

    def events(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Generator[Event, None, None]:
        """Server-sent events, as they come."""
        with (
            self._speaking(),
            self._client.stream(method, path, json=body) as response,
        ):
            if not response.is_success:
                response.read()
                raise self._failed(response)
            yield from read_events(response.iter_lines())

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _opened(self, url: str, headers: Mapping[str, str], *, trust_env: bool) -> httpx.Client:
        import httpx

        try:
            timeout = httpx.Timeout(_REPLY_S, connect=_CONNECT_S)
            return httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=trust_env)
        except (httpx.InvalidURL, ValueError) as error:
            raise WrongUse(f"'{self.url}' is no URL of a server; write for example http://127.0.0.1:8642.") from error

    def _sent(self, method: str, path: str, **given: Any) -> Shape:  # noqa: ANN401 - httpx's own options
        with self._speaking():
            response = self._client.request(method, path, **given)
        said = _json(response)
        if response.is_success and isinstance(said, dict):
            return said
        raise self._failed(response)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What httpx raises, as one sentence."""
        import httpx

        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if self._refused is not None:
                raise self._refused from error
            reason = str(error) or type(error).__name__
            raise EndpointError(
                f"No server answers at {self.url} ({reason}); start it with `wenyuan serve`, or correct --server.",
                "connect",
                retryable=True,
            ) from error
        except httpx.ReadTimeout as error:
            raise EndpointError(
                f"The server {self.url} said nothing for {_REPLY_S:g} s; see whether it is overloaded.",
                "timeout",
                retryable=True,
            ) from error
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise EndpointError(f"{self.url} broke the connection ({reason}); ask again.", "closed") from error

    def _failed(self, response: httpx.Response) -> WenyuanError:
        match _json(response):
            case {"error": {"message": str()} as error}:
                return error_of(error, response.status_code)
        return EndpointError(
            f"{self.url} replied with status {response.status_code} and not as a server of Wenyuan does; "
            "correct --server.",
            "protocol",
        )


def error_of(error: Mapping[str, Any], status: int | None = None) -> WenyuanError:
    """An error of the server's as ours, with its sentence; one in an event or a job has no status, but a type."""
    message = str(error.get("message") or error)
    if status in _WRONG_USE or (status is None and error.get("type") in _WRONG_TYPES):
        return WrongUse(message)
    return NoAccess(message) if status in _NO_ACCESS else EndpointError(message, "server")


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Server-sent events of a response's lines, each with a JSON object as its data; comments are left out."""
    name, data = "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        match field:
            case "event":
                name = value.strip()
            case "data":
                data.append(value)
            case "" if not line:
                if data and isinstance(said := _parsed("\n".join(data)), dict):
                    yield name, said
                name, data = "message", []


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _json(response: httpx.Response) -> object:
    return _parsed(response.text)
