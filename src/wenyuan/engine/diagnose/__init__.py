"""Looking into a question: which stage lost a document, what a change would do, how a recorded question runs again."""
