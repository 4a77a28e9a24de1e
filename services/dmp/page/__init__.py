"""Mon espace santé as web pages."""
