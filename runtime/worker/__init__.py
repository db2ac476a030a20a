"""The process on every machine that announces, pairs, serves layers and supervises engines."""
