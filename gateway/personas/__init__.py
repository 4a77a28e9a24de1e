"""The people of a bac: those of the demonstration world, and those it added or changed."""
