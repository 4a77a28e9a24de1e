"""The pages of the console, by topic: each route reads with the control API's own functions, each form acts by them."""
