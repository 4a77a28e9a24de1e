"""What the service can do, one transaction each."""
