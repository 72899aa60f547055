"""Documents over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from running import Running, finished, until

BASE = "/api/knowledge-bases/kb"


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {})
    return server.client(server.key("admin"))


def sent(*files: tuple[str, str]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, text.encode())) for name, text in files]


def test_files_are_brought_found_read_and_removed(admin: httpx.Client) -> None:
    files = sent(("手册/泵.md", "# 泵\n\n保修期为 24 个月。"), ("faq.md", "# FAQ\n\nThe warranty lasts two years."))
    job = finished(admin, admin.post(f"{BASE}/documents", files=files, data={"metadata": '{"product": "X"}'}))
    assert (job["state"], job["report"]["added"], job["error"]) == ("done", ["手册/泵.md", "faq.md"], None)
    listed = admin.get(f"{BASE}/documents").json()["documents"]
    assert [(each["id"], each["metadata"]) for each in listed] == [
        ("faq.md", {"product": "X"}),
        ("手册/泵.md", {"product": "X"}),
    ]
    assert admin.get(f"{BASE}/documents/手册/泵.md").json()["text"] == "# 泵\n\n保修期为 24 个月。"
    hit = admin.post(f"{BASE}/search", json={"question": "保修期多长？"}).json()["hits"][0]
    stretch = {"document": hit["document"], "start": hit["start"], "end": hit["end"]}
    assert admin.get(f"{BASE}/text", params=stretch).json()["text"] == hit["text"]
    [chunk] = admin.get(f"{BASE}/chunks", params={"document": "手册/泵.md"}).json()["chunks"]
    assert (chunk["chunk"], chunk["text"], chunk["ordinal"]) == (hit["chunk"], hit["text"], 0)
    assert admin.delete(f"{BASE}/documents/手册/泵.md").json()["deleted"] == ["手册/泵.md"]
    assert admin.get(f"{BASE}/documents/手册/泵.md").status_code == 404
    assert admin.post(f"{BASE}/delete", json={"documents": ["faq.md"]}).json()["deleted"] == ["faq.md"]
    assert admin.get(f"{BASE}/documents").json() == {"documents": []}


def test_a_changed_file_replaces_the_one_before(admin: httpx.Client) -> None:
    finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", "# A\n\nThe code is 1111."))))
    job = finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", "# A\n\nThe code is 2222."))))
    assert job["report"]["changed"] == ["a.md"]
    hits = admin.post(f"{BASE}/search", json={"question": "code"}).json()["hits"]
    assert [hit["text"] for hit in hits] == ["The code is 2222."]


def test_lists_are_filtered_and_come_in_pages(admin: httpx.Client) -> None:
    names = [f"docs/{n}.md" for n in range(5)] + ["other.txt"]
    finished(admin, admin.post(f"{BASE}/documents", files=sent(*((name, f"text {name}") for name in names))))

    def ids(**params: object) -> list[str]:
        return [each["id"] for each in admin.get(f"{BASE}/documents", params=params).json()["documents"]]

    assert ids(folder="docs") == names[:5]
    assert ids(where="type=txt") == ["other.txt"]
    assert ids(filter=json.dumps({"not": {"field": "type", "op": "eq", "value": "md"}})) == ["other.txt"]
    page = admin.get(f"{BASE}/documents", params={"limit": 2}).json()
    assert ([each["id"] for each in page["documents"]], page["next"]) == (names[:2], names[1])
    assert ids(limit=10, after=page["next"]) == names[2:]
    for wrong in ({"where": "type"}, {"filter": "{"}, {"filter": "[]"}, {"where": "time=x"}):
        assert admin.get(f"{BASE}/documents", params=wrong).status_code == 400


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        ([], {"metadata": "{}"}, 400),
        (sent(("a.exe", "x")), {}, 415),
        (sent(("../../a.md", "x")), {}, 400),
        (sent(("a.md", "x"), ("a.md", "y")), {}, 400),
        (sent(("a.md", "x")), {"metadata": "["}, 400),
        (sent(("a.md", "x")), {"metadata": '{"date": "soon"}'}, 400),
        (sent((".hidden/a.md", "x")), {}, 400),
    ],
)
def test_an_upload_that_is_not_valid_leaves_nothing(server: Running, admin: httpx.Client, files, data, status) -> None:
    reply = admin.post(f"{BASE}/documents", files=files or {"other": b"x"}, data=data)
    assert reply.status_code == status, reply.text
    assert list(server.service.home.staging.iterdir()) == []
    assert admin.get(f"{BASE}/documents").json() == {"documents": []}


def test_what_is_no_upload_is_said_to_be_none(admin: httpx.Client) -> None:
    assert admin.post(f"{BASE}/documents", json={"files": []}).status_code == 415
    broken = admin.post(f"{BASE}/documents", content=b"x", headers={"content-type": "multipart/form-data; boundary=b"})
    assert broken.status_code == 400


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_there(admin: httpx.Client) -> None:
    job = finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.pdf", "no pdf"), ("b.md", "# B\n\nbeta"))))
    assert (job["state"], job["report"]["added"]) == ("done", ["b.md"])
    assert "a.pdf" in job["report"]["failed"]


def test_one_of_a_format_that_is_not_read_and_one_of_a_long_name_keep_nothing_out(admin: httpx.Client) -> None:
    long = "x" * 198 + ".md"
    files = sent(("a.exe", "x"), (long, "x"), ("b.md", "# B\n\nbeta"))
    report = finished(admin, admin.post(f"{BASE}/documents", files=files))["report"]
    assert (report["added"], report["passed_over"], [*report["failed"]]) == (["b.md"], {".exe": 1}, [long])


def test_a_version_that_cannot_be_read_outlives_no_rebuild(server: Running, admin: httpx.Client) -> None:
    finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", "# A\n\nThe code is 1111."))))
    job = finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", ""), ("new.md", ""))))
    assert [*job["report"]["failed"]] == ["a.md", "new.md"]
    report = finished(admin, admin.post(f"{BASE}/sync", json={"rebuild": True}))["report"]
    assert (report["added"], report["failed"]) == (["a.md"], {})
    until(lambda: not [*server.service.home.staging.iterdir()])


def test_a_caller_of_a_group_brings_and_removes_what_is_its_own(server: Running, admin: httpx.Client) -> None:
    hr, it = (server.client(server.key("read", "ingest", groups=[group])) for group in ("hr", "it"))
    finished(hr, hr.post(f"{BASE}/documents", files=sent(("pay.md", "# Pay\n\nThe salary is 9000."))))
    assert [each["id"] for each in hr.get(f"{BASE}/documents").json()["documents"]] == ["pay.md"]
    assert it.get(f"{BASE}/documents").json() == {"documents": []}
    assert it.get(f"{BASE}/documents/pay.md").status_code == 404
    assert it.delete(f"{BASE}/documents/pay.md").status_code == 404
    assert it.post(f"{BASE}/delete", json={"documents": ["pay.md"]}).status_code == 400
    assert it.post(f"{BASE}/documents", files=sent(("pay.md", "mine now"))).status_code == 409
    foreign = it.post(f"{BASE}/documents", files=sent(("x.md", "x")), data={"metadata": '{"access": "hr"}'})
    assert foreign.status_code == 403
    assert admin.get(f"{BASE}/documents/pay.md").json()["metadata"] == {"access": ["hr"]}
    assert hr.post(f"{BASE}/sync", json={}).status_code == 403, "its report would name what others have"
    assert hr.delete(f"{BASE}/documents/pay.md").status_code == 200


def test_places_on_the_servers_disk_are_for_the_owner(server: Running, admin: httpx.Client, tmp_path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nalpha")
    body = {"paths": [str(tmp_path / "docs")]}
    assert admin.post(f"{BASE}/add", json=body).status_code == 403
    server.service.point("default", "kb")
    note = json.loads((server.service.home.place("default", "kb") / "server.json").read_text())
    owner = server.client(note["token"])
    job = finished(owner, owner.post(f"{BASE}/add", json=body | {"metadata": {"product": "X"}}))
    assert job["report"]["added"] == [str(tmp_path / "docs" / "a.md")]
    assert owner.post(f"{BASE}/add", json={"paths": ["docs"]}).status_code == 400
    (tmp_path / "docs" / "b.md").write_text("# B\n\nbeta")
    assert len(finished(owner, owner.post(f"{BASE}/sync", json={}))["report"]["added"]) == 1
    job = finished(owner, owner.post(f"{BASE}/sync", json={"rebuild": True}))
    assert len(job["report"]["added"]) == 2
    missing = finished(owner, owner.post(f"{BASE}/add", json={"paths": [str(tmp_path / "absent")]}))
    assert (missing["state"], missing["error"]["type"]) == ("failed", "invalid_request_error")
    assert owner.get("/api/knowledge-bases").json()["knowledge_bases"][0]["name"] == "kb"
    assert owner.post("/api/knowledge-bases", json={"name": "more"}).status_code == 403


def test_fields_of_a_document_are_edited_at_once(server: Running, admin: httpx.Client) -> None:
    finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", "# A\n\nThe code is 1111."))))
    place = f"{BASE}/documents/a.md"
    edited = admin.patch(place, json={"metadata": {"product": "X", "title": "Codes"}}).json()
    assert (edited["metadata"], edited["title"]) == ({"product": "X"}, "Codes")
    asked = {"question": "code", "where": ["product=X"]}
    assert len(admin.post(f"{BASE}/search", json=asked).json()["hits"]) == 1
    assert admin.patch(place, json={"metadata": {"product": None}}).json()["metadata"] == {}
    assert admin.post(f"{BASE}/search", json=asked).json()["hits"] == []
    job = finished(admin, admin.post(f"{BASE}/sync", json={}))
    assert (job["report"]["unchanged"], job["report"]["changed"]) == (1, [])
    assert admin.patch(place, json={"metadata": {"source": "x"}}).status_code == 400
    assert admin.patch(f"{BASE}/documents/none.md", json={"metadata": {}}).status_code == 404


def test_who_may_see_a_document_only_who_administers_says(server: Running, admin: httpx.Client) -> None:
    finished(admin, admin.post(f"{BASE}/documents", files=sent(("a.md", "# A\n\nThe code is 1111."))))
    place, fields = f"{BASE}/documents/a.md", {"metadata": {"access": ["hr"]}}
    ingest, it = server.client(server.key("read", "ingest")), server.client(server.key("read", "ingest", groups=["it"]))
    assert ingest.patch(place, json=fields).status_code == 403
    assert it.patch(place, json={"metadata": {"year": 2026}}).json()["metadata"] == {"year": 2026}
    assert admin.patch(place, json=fields).json()["metadata"] == {"access": ["hr"], "year": 2026}
    assert it.get(place).status_code == 404
    assert it.patch(place, json={"metadata": {"year": 2027}}).status_code == 404
    assert it.post(f"{BASE}/search", json={"question": "code"}).json()["hits"] == []


def test_fields_of_a_document_from_elsewhere_are_said_there(server: Running, tmp_path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nThe code is 1111.", "utf-8")
    server.make("kb", {})
    with server.service.shelf.lent("default", "kb") as base:
        base.add(tmp_path)
        [info] = base.documents()
    admin = server.client(server.key("admin"))
    reply = admin.patch(f"{BASE}/documents/{info.id}", json={"metadata": {"x": 1}})
    assert reply.status_code == 409
    assert ".meta.json" in reply.json()["error"]["message"]
