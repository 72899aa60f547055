"""Small knowledge bases with files of their own, for what copies them and goes back."""

from __future__ import annotations

from pathlib import Path

from archives import change, open_archive

SETTINGS = "[chunk]\nsize = 64\n"


def made(folder: Path, *names: str, settings: str = "") -> Path:
    """A knowledge base whose own files are `names`, each a document with its name in it."""
    with open_archive(folder) as archive:
        archive.replace([change(name, [f"{name} all"]) for name in names])
    for name in names:
        file = folder / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name} all", "utf-8")
    if settings:
        (folder / "wenyuan.toml").write_text(settings, "utf-8")
    return folder


def alter(folder: Path, gone: str, new: str) -> None:
    """Have another document in the place of one."""
    (folder / "files" / gone).unlink()
    (folder / "files" / new).write_text(f"{new} all", "utf-8")
    with open_archive(folder) as archive:
        archive.replace([change(new, [f"{new} all"])], remove=[gone])


def held(folder: Path) -> tuple[list[str], list[str], str]:
    """Documents, own files and settings of a knowledge base whose index is as its catalogue."""
    with open_archive(folder, create=False) as archive:
        assert archive.check() == []
        documents = [info.id for info in archive.documents()]
    files = folder / "files"
    own = sorted(each.relative_to(files).as_posix() for each in files.rglob("*") if each.is_file())
    settings = folder / "wenyuan.toml"
    return documents, own, settings.read_text("utf-8") if settings.exists() else ""


def strays(folder: Path) -> list[str]:
    """What is left in a knowledge base's folder that should not be."""
    inside = [each.name for each in folder.glob("snapshots/.*")]
    beside = [each.name for each in folder.parent.iterdir() if each.name.startswith(".")]
    return [*inside, *beside, *(each.name for each in folder.glob("rolling-back"))]
