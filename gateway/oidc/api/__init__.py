"""The wires of the provider: endpoints of the realm, login pages, phone, and their control under ``/_bac/psc``."""
