"""Strangers' software against a running suite: a browser, Node. `make test-blackbox`."""
