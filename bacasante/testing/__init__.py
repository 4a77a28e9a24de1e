"""For harnesses: the pytest plugin shipped with the suite (:mod:`bacasante.testing.plugin`)."""
