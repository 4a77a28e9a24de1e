"""What the base can do: one function per operation of the sheet (§4.1), one transaction each."""
