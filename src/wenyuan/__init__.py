"""Wenyuan 文渊: a bilingual (Chinese + English) RAG engine. Import what you need from where it lives."""
