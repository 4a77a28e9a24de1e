"""One space per bac in each service's own database: SQLite file or PostgreSQL schema (architecture §5)."""
