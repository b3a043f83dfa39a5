"""IPMI 2.0, in-band through /dev/ipmi0 and over LAN. pyghmi carries the commands; the codecs are ours.

bmc.py        what a management controller looks like to the rest: one call with a deadline, or `NoAnswer`
session.py    the caller's side of the worker process that holds the pyghmi session and may be killed
worker.py     that process
sdr/          sensor data records: walk, decode, cache      sensors.py  their readings
sel.py        the event log, page by page                   fru.py      part and serial numbers
chassis.py    power and identify      boot.py  boot device      watchdog.py, users.py, lan.py
noise.py      which kernel lines during an upgrade are harmless (U15)
"""
