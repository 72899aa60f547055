"""What programs that were written for OpenAI's API send and read."""
