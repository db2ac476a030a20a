"""The Machines page: who is in the pool, and how to bring more machines in."""
