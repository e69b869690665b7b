"""The web application: pages, search, feedback, API."""
