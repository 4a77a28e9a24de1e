"""What an IMAP command may be refused for, beside bad syntax."""


class Refus(Exception):
    """The command is understood and refused: a tagged ``NO`` with a response code of RFC 5530."""

    def __init__(self, texte: str, *, code: str | None = None) -> None:
        super().__init__(texte)
        self.code = code
