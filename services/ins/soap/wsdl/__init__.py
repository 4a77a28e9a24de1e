"""The WSDL of INSi, written by us to declare the published names."""
