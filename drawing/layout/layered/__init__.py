"""A layered engine for compound graphs: nested clusters, lanes, labels, ports, orthogonal routes; pure geometry.

    layout = lay_out(vertices, clusters, arcs, direction, spacing)

takes ``Vertex``, ``Cluster`` and ``Arc`` (see ``model``) and returns a ``Layout``: a box for each vertex, a frame
and the place of its heading for each cluster, a route and the place of its label for each arc, all in page
coordinates from 0, 0. It knows nothing of texts: who calls it measures them first.
"""

from drawing.layout.layered.engine import FAST, FULL, lay_out
from drawing.layout.layered.model import Arc, Cluster, Layout, Spacing, Vertex
from drawing.layout.layered.ordering import Effort
from drawing.model import Direction

__all__ = ["FAST", "FULL", "Arc", "Cluster", "Direction", "Effort", "Layout", "Spacing", "Vertex", "lay_out"]
