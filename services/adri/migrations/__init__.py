"""Schema history of ``adri``."""
