"""The mail face: SMTP submission and IMAP4rev1, a small edge of its own beside the gateway (architecture §4)."""
