"""``bacasante demo``: one consultation from end to end (architecture §8), over public wires only.

Every step acts on one wire and is believed only when another wire shows its effect, so that breaking any service
breaks the demo at its step.
"""
