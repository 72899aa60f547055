import datetime
from email.message import EmailMessage

import pytest

from wenyuan.errors import SourceError

from .makers import loaded


def message(**headers):
    mail = EmailMessage()
    for name, value in {"Subject": "水泵报价", "From": "李 <li@example.com>", "To": "a@example.com", **headers}.items():
        mail[name] = value
    return mail


def test_headers_and_body():
    mail = message(Date="Wed, 01 May 2024 08:00:00 +0800")
    mail.set_content("价格为五千元。", charset="gb18030")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="报价.pdf")
    document = loaded(mail.as_bytes(), "a.eml")
    assert document.title == "水泵报价"
    assert document.text.startswith("# 水泵报价\n\nFrom: 李 <li@example.com>\nTo: a@example.com\nDate: ")
    assert document.text.endswith("\n\n价格为五千元。\n")
    assert document.metadata == {"from": "李 <li@example.com>", "to": "a@example.com"}
    assert document.time == datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC).timestamp()
    assert document.warnings == ("its attachments were not read: 报价.pdf",)


def test_a_body_only_in_html():
    mail = message()
    mail.set_content("<h2>价格</h2><script>x()</script>", subtype="html")
    assert loaded(mail.as_bytes(), "a.eml").text.endswith("## 价格\n")


def test_a_false_charset_and_date_do_no_harm():
    mail = message(Date="Wed, 01 May 2024 08:00:00 +0800")
    mail.set_content("价格为五千元。", charset="gb18030", cte="8bit")
    raw = mail.as_bytes().replace(b"gb18030", b"unknown-8bit").replace(b"Wed, 01 May 2024 08:00:00 +0800", b"yesterday")
    document = loaded(raw, "a.eml")
    assert "价格为五千元。" in document.text
    assert document.warnings == ("its date header is not a date",)


def test_what_is_no_mail():
    with pytest.raises(SourceError, match="no e-mail header"):
        loaded("\njust text", "a.eml")
