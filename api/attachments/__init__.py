"""Files that belong to a referral: taken in, looked through, kept outside the graph, and given out."""
