"""The SOAP face of ADRi."""
