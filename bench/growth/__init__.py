"""What a million finished jobs do to every operation: two databases, each operation on both in turn."""
