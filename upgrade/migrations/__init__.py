"""What a release changes in the configuration on the way to it: one file for each, pure."""
