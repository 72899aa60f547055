"""Catalogues of earlier versions are brought to today's format when they are opened; nothing is encoded again.

Format 2: what hangs on a document goes with it by `ON DELETE CASCADE`, and new tables hang on it that a program of
before does not know: it must refuse the file. Format 3: of each root is known what of it is left out. Format 4: of each
document is known who may see it, which a program of before would not write. Format 5: people correct passages, whose
texts a program of before would quote as the documents'.
"""

from __future__ import annotations

import sqlite3

from wenyuan import sqlite

OLDER = (1, 2, 3, 4)
"""Formats that can be brought to today's."""

_PARENTS = ("documents", "chunks")


def migrate(connection: sqlite3.Connection, to: int) -> None:
    """Bring the tables of a catalogue to format `to`; one that is new, or of an unknown format, stays as it is."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    if row is None or row[0] not in OLDER:
        return
    with sqlite.transaction(connection):
        if row[0] == 1:
            _cascade(connection)
        if row[0] < 3:
            connection.execute("ALTER TABLE roots ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]'")
        connection.execute("UPDATE meta SET value = ? WHERE name = 'format'", (to,))


def _cascade(connection: sqlite3.Connection) -> None:
    """Let rows go with those they refer to.

    SQLite changes no foreign key of a table; its documentation (lang_altertable, section 7) has this way for changes
    that leave the rows on disk as they are.
    """
    connection.execute("PRAGMA writable_schema = ON")
    for parent in _PARENTS:
        bare = f"REFERENCES {parent}"
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND sql NOT LIKE '%CASCADE%'"
            " AND sql LIKE ?",
            (bare, f"{bare} ON DELETE CASCADE", f"%{bare}%"),
        )
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute(f"PRAGMA schema_version = {version + 1}")
    connection.execute("PRAGMA writable_schema = OFF")
