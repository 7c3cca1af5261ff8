"""One attacker for each thing that users share, two honest users, and what the attacker costs them."""
