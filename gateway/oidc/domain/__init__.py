"""The rules of Pro Santé Connect: pure decisions, no I/O, no clock of their own, no framework."""
