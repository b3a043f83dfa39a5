"""Releases as data: what each accepts, needs, changes and is known for; and the graph they make."""
