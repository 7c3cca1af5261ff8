"""Jobs over HTTP while processes and the database are killed; afterwards every job is checked."""
