"""Documents to chunks: read the Markdown's structure, find questions with their answers, pack what fits together."""

from wenyuan.chunk.chunk import chunk, chunk_id

__all__ = ["chunk", "chunk_id"]
