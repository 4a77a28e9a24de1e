"""Tables copied from the reference folder."""
