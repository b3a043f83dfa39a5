"""What makes the import of an OVA fail, found before somebody tries."""
