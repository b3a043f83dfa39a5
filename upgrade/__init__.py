"""The upgrade floor: from one release to the next without losing a message. Imports hwmgmt and below."""
