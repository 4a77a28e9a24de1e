"""IMAP4rev1 (RFC 3501) over the mailbox store, with what mail clients use around it.

UIDPLUS, MOVE, IDLE, SASL-IR, LITERAL+, SPECIAL-USE, NAMESPACE, ID, UNSELECT, CHILDREN.
"""
