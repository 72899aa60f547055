"""Knowledge bases as tools of language models: the Model Context Protocol, over HTTP and over a pipe (extra `[mcp]`).

`tools` says what there is and does it, over the small protocol of `desks`, so that it does not matter who holds a
knowledge base. `serving` makes a server of the protocol of them, `http` and `stdio` carry it.
"""
