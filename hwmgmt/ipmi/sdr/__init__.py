"""Sensor data records (IPMI 2.0, chapters 33 and 43): which sensors and parts a BMC has."""
