"""Text in two languages: normal forms, language, sentences, words, term weights, fingerprints."""
