"""ZeroMQ sockets as HPipe uses them: encrypted, authenticated, bounded, watched."""
