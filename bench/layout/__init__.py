"""The layout of graphs, compared with other engines on the same boxes."""
