"""What rankers learn from: examples, where they come from, what a teacher says of them."""
