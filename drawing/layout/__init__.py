"""Where things go: one module for each kind of drawing, over one geometry, router and label placement."""
