"""Releases as they are published: a plain directory, signed by the site, that any web server can offer."""
