"""The files other people publish, read one row at a time: each module knows one format and nothing of where rows go."""
