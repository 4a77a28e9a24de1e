"""Tables written from the sheets."""
