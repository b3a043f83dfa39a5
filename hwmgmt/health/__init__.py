"""One report on the machine's health, in the states of the ASYNCOS-MAIL-MIB (H6).

states.py       the MIB's enumerations      thresholds.py   from when on something counts as bad
report.py       the report                  assess.py       readings in, report out (pure)
sources.py      sensors of the BMC and the kernel, RAID, SMART, memory, load, each with a deadline
metrics.py      the report as Prometheus metrics
"""
