"""The hardware floor: models, IPMI, links and LLDP, disks, quotas, health. Imports only `mailward`."""
