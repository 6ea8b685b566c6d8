"""Measurements: what the network does in a second, always beside what could be done at best in the same run."""
