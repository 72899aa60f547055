"""What a knowledge base keeps: the catalogue (the truth), a search index, and the archive that commits both as one."""
