"""Reading files into text with page or section anchors."""

from runtime.documents.reading import read_document

__all__ = ["read_document"]
