"""Data units like those recorded from real switches and hosts, rebuilt TLV by TLV from the standard layouts.

A: a data-centre switch speaking CEE, frame tagged priority 7 VLAN 9, FCoE on priority 3.
B: a switch whose DCBX names two TCP ports and no FCoE.
C: a host's converged adapter: FCoE, iSCSI (TCP 3260) and FIP.
"""

from __future__ import annotations

from hwmgmt.net.lldp.tlv import NEAREST_BRIDGE

MANDATORY = (
    bytes.fromhex("0207 04 00059b7161c0")  # chassis id: MAC
    + b"\x04\x0d\x05Ethernet1/17"  # port id: interface name
    + bytes.fromhex("0602 0078")  # 120 s
)
SYSTEM = bytes.fromhex("0a06") + b"n5k-17" + bytes.fromhex("0e04 0014 0004")

CEE_CONTROL = "02 0a 00 00 00000001 00000002"
CEE_GROUPS = "04 11 00 00 80 00 00 00 00 00 32 32 00 00 00 00 00 00 02"
CEE_PFC = "06 06 00 00 80 00 08 08"
CEE_FCOE = "08 0a 00 00 80 00 8906 00 1b21 08"

A_DCBX = bytes.fromhex("fe37 001b21 02" + CEE_CONTROL + CEE_GROUPS + CEE_PFC + CEE_FCOE)
A_UNIT = MANDATORY + SYSTEM + A_DCBX + b"\0\0"
A_FRAME = NEAREST_BRIDGE + bytes.fromhex("00059b7161c8 8100 e009 88cc") + A_UNIT

B_DCBX = bytes.fromhex("fe22 001b21 02" + CEE_CONTROL + "08 10 00 00 80 00 c351 01 1b21 10 c350 01 1b21 20")
B_UNIT = MANDATORY + B_DCBX + b"\0\0"

C_APPS = "08 16 00 00 c0 00 8906 00 1b21 08 0cbc 01 1b21 10 8914 00 1b21 08"
C_DCBX = bytes.fromhex("fe28 001b21 02" + CEE_CONTROL + C_APPS)
C_UNIT = MANDATORY + C_DCBX + b"\0\0"
