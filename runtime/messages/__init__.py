"""What machines, workers and engines say to each other: one struct per message, never pickle."""
