"""The routes, one module a resource: jobs, events, canvases, health."""
