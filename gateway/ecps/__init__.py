"""The simulated e-CPS phone."""
