"""Programs that try to break out. They are read as text and run in sandboxes, never imported."""
