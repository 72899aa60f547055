"""What `service.py` is made of: documents, servers as children, and loops of clients that wait for each reply."""
