"""Bringing releases onto the appliance: from a folder, a USB medium or a web server, going on where it stopped."""
