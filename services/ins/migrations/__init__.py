"""Schema history of ``ins``."""
