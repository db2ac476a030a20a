"""Finding machines on the local network, and being found."""
