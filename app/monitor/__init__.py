"""The Monitor page: what every stage does, as it happens and as it was predicted."""
