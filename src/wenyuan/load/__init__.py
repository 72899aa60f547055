"""Load: any supported file becomes one `Document`: Markdown text, where each part stood, title, time and metadata.

A parser is a function `(data, limits) -> Parsed` per format; `SUPPORTED` names the formats. `IsolatedLoader`, in
`wenyuan.load.isolated`, does the same with parsers in a process of their own, for files of strangers.
"""

from wenyuan.load.discover import discover
from wenyuan.load.formats import SUPPORTED
from wenyuan.load.limits import Limits
from wenyuan.load.loader import LoadFile, load

__all__ = ["SUPPORTED", "Limits", "LoadFile", "discover", "load"]
