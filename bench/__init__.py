"""Benchmarks with peers in the same run; `make bench-…` runs them."""
