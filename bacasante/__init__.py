"""The command and the embedded start: the only package that imports several services."""

__version__ = "0.1.0"
