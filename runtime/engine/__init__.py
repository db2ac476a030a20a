"""The process that computes: one per device, the only one that imports torch."""
