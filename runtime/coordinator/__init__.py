"""What drives the pool and its jobs."""
