"""The first start: three short steps, shown once."""
