"""What else a sentence could wait in: each peer as it comes, with a task that only says when its first line ran."""
