"""The service over HTTP: knowledge bases for programs, each caller seeing what is its own."""
