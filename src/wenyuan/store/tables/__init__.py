"""Tables that hang on chunks, a module each: its schema, its rows, what it is asked."""
