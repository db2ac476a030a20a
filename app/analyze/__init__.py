"""The Analyze page: documents, questions and answers."""
