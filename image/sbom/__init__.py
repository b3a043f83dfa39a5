"""What an image consists of, as SPDX and CycloneDX have it."""
