"""What HPipe does from a terminal: one module per command."""
