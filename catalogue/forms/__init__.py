"""Form definitions: what a form asks, as plain data."""
