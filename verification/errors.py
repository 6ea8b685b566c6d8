"""What is not allowed, as a value that can be shown.

- A Refusal is the world's fault or a rule's, never ours: our own mistakes are plain exceptions.
- Its message is for people and holds nothing about a patient.
- It does not know how it is shown: GraphQL, the command line and pages each have their way.
"""

from collections.abc import Sequence


class Refusal(Exception):  # noqa: N818 - it is a refusal, not an error of ours
    """A move that a rule forbids.

    `code` is a stable upper-case word for programs, `message` a sentence for people, `path` the input field it is
    about, from the outermost inwards.
    """

    def __init__(self, code: str, message: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = tuple(path)
