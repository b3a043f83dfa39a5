"""What one flashes or deploys, made from the raw image: disks for hypervisors, and OVA packages."""
