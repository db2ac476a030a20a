"""What is in this machine and how fast its links are."""
