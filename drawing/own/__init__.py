"""What an app has on a canvas of its own, as a drawing that can be changed like any other.

Its notation is not stored: it is a sketch, derived from the objects (``sketch``). A change of the sketch becomes a
change of just those objects that it is about (``revision``); all else stays as the app gave it.
"""
