"""The WSDL of ADRi: published request, sandbox answer."""
