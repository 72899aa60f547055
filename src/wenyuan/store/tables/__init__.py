"""The tables whose rows come and go with a document's commit, a module each: schema, rows, what is asked of them."""

from wenyuan.store.tables.access import ACCESS
from wenyuan.store.tables.marks import MARKS
from wenyuan.store.tables.names import NAMES
from wenyuan.store.tables.states import STATES
from wenyuan.store.tables.summaries import SUMMARIES
from wenyuan.store.tables.table import Keys, Table
from wenyuan.store.tables.vectors import VECTORS

TABLES: tuple[Table, ...] = (VECTORS, STATES, SUMMARIES, NAMES, MARKS, ACCESS)

__all__ = ["TABLES", "Keys", "Table"]
