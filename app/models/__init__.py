"""The dialog that brings models in: the demo, a folder, a file or the hub."""
