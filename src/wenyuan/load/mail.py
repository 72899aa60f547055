"""E-mail (RFC 5322 files, .eml)."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.encoding import decode
from wenyuan.load.parsed import Parsed, ParsedText
from wenyuan.load.text import html_to_markdown

if TYPE_CHECKING:
    from email.message import EmailMessage

    from wenyuan.load.limits import Limits

_HEADERS = ("From", "To", "Cc", "Date")


def parse_eml(data: bytes, limits: Limits) -> Parsed:
    """Subject, sender, receivers, date and body; the plain body is preferred, attachments are only named."""
    message = message_from_bytes(data, policy=default)
    if not message.keys():
        raise SourceError("it has no e-mail header; save it again from the mail program as .eml")
    subject = str(message.get("Subject", "")).strip()
    headers = {name: str(message[name]) for name in _HEADERS if message[name]}
    body, warnings = _body(message)
    draft = ParsedText(limits)
    draft.add(f"# {subject}\n\n" if subject else "")
    draft.add("\n".join(f"{name}: {value}" for name, value in headers.items()) + "\n\n" + body.strip() + "\n")
    metadata: dict[str, object] = {name.lower(): value for name, value in headers.items() if name != "Date"}
    if "Date" in headers:
        try:
            metadata["date"] = parsedate_to_datetime(headers["Date"]).isoformat()
        except ValueError:
            warnings += ("its date header is not a date",)
    return draft.finish(subject or None, metadata, warnings)


def _body(message: EmailMessage) -> tuple[str, tuple[str, ...]]:
    attachments = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    warnings = (f"its attachments were not read: {', '.join(attachments)}",) if attachments else ()
    part = message.get_body(("plain", "html"))
    payload = part.get_payload(decode=True) if part else None
    if part is None or not isinstance(payload, bytes):
        return "", warnings
    text, doubts = decode(payload, part.get_content_charset())
    if part.get_content_subtype() == "html":
        text, _ = html_to_markdown(text)
    return text, warnings + doubts
