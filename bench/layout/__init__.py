"""The layout of graphs, measured beside other engines on the same boxes."""
