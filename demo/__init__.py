"""Canvas Jobs on one machine: ``python -m demo`` runs the main job once, ``python -m demo.run`` serves until Ctrl-C."""
