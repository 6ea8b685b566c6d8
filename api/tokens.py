"""Bearer tokens: how one is made and what is kept of it.

- 256 bits from the operating system, with a prefix by which secret scanners find a token that leaked.
- Only the SHA-256 is kept; the token itself is shown once. A fast hash is right for a secret that cannot be guessed.
- It does not know whose token it is.
"""

import hashlib
import secrets

PREFIX = "bona_"


def new_token() -> str:
    """`bona_` and 43 URL-safe characters."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the graph keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
