"""What differs between two images, in words."""
