"""Ids as clients see them: opaque text that holds a schema type and our own id, in Relay's manner.

- `Type:own` is the plain form, which statements build and compare; the opaque form is its base64url.
- Text that we did not give out is no id, whatever it holds.
"""

import base64
import binascii


def global_id(plain: str) -> str:
    """`Type:own` in its opaque form."""
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def plain_id(text: str) -> tuple[str, str] | None:
    """The type and own id in an opaque id, None where it is none of ours."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    type_name, _, own = plain.partition(":")
    return (type_name, own) if type_name and own and global_id(plain) == text else None
