"""``/apcv/phone``: the virtual phone as a small web page, for a trainer."""
