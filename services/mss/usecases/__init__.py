"""What secure mail can do: load, decide, remember, tell. One module per actor or topic."""
