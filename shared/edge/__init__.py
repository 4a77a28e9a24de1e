"""What the gateway and the mail face of ``mss`` share: the bac, its clock, the journal's vocabulary, faults."""
