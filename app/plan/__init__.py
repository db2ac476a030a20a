"""The Plan page: who computes which layers, dragged by hand with its cost shown at once."""
