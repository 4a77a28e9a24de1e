"""The SOAP face of INSi."""
