"""A hybrid search as Haystack's documentation builds it: BM25 and vectors in memory, joined by reciprocal ranks."""

from hayhooks import BasePipelineWrapper
from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

from serving.peer_encoder import passages, transform


@component
class QuestionEncoder:
    """The same encoder as everyone's."""

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        """A question's vector."""
        return {"embedding": transform([text])[0].tolist()}


class PipelineWrapper(BasePipelineWrapper):
    """What hayhooks serves under /search/run."""

    def setup(self) -> None:
        """Build it, with all documents."""
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        rows = passages()
        vectors = transform([row["text"] for row in rows])
        store.write_documents(
            [
                Document(id=row["id"], content=row["text"], embedding=vector.tolist())
                for row, vector in zip(rows, vectors, strict=True)
            ]
        )
        self.pipeline = Pipeline()
        self.pipeline.add_component("encoder", QuestionEncoder())
        self.pipeline.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=10))
        self.pipeline.add_component("bm25", InMemoryBM25Retriever(store, top_k=10))
        self.pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=10))
        self.pipeline.connect("encoder.embedding", "dense.query_embedding")
        self.pipeline.connect("dense", "joiner")
        self.pipeline.connect("bm25", "joiner")

    def run_api(self, question: str) -> list[dict]:
        """The ten best."""
        found = self.pipeline.run({"encoder": {"text": question}, "bm25": {"query": question}})
        return [{"id": each.id, "score": each.score, "text": each.content} for each in found["joiner"]["documents"]]
