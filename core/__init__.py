"""The floor that the web process and the worker both stand on: settings, database, jobs, canvases, events."""
