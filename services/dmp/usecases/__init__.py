"""What the DMP can do: one function per act, one transaction each."""
