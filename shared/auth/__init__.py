"""Who is calling: access tokens verified here, principals, and the dependencies that ask for them."""
