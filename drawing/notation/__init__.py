"""Reading and writing notation: one module a kind, over one line reader. ``drawing.source`` puts them together."""
