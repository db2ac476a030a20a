"""The program's version, and the version of the protocol machines speak to each other."""

VERSION = "0.1.0"

# Raised whenever a message changes its meaning; machines of different protocols refuse each other.
PROTOCOL_VERSION = 1
