"""What changes while a caller looks: notifications, shared statements, places in the queue."""
