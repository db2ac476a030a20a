"""Reading files into text with page or section anchors."""
