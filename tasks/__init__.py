"""The worker: fetches queued jobs, has them designed and drawn, stores the canvas. ``python -m tasks`` runs it."""
