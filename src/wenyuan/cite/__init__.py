"""What a text says of its sources: markers, verbatim quotes, citations that are checked, the verdict on sufficiency."""

from wenyuan.cite.citations import Cited, check_citations

__all__ = ["Cited", "check_citations"]
