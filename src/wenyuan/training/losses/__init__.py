"""What a reranker is trained to make small."""
