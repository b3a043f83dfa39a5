"""What the machines under test have besides a disk."""

from pathlib import Path

CHECKS = Path(__file__).parent / "checks"

# A rack server's management controller and SMBIOS strings, so that the hardware floor has something to find.
RACK_SERVER = (
    "-smbios", "type=1,manufacturer=Cisco Systems Inc,product=UCSC-C220-M5SX,serial=WZP00000000",
    "-smbios", "type=2,product=UCSC-C220-M5SX",
    "-device", "ipmi-bmc-sim,id=bmc0,mfg_id=5771,product_id=1,fwrev1=4,fwrev2=1",
    "-device", "isa-ipmi-kcs,bmc=bmc0,irq=5",
)  # fmt: skip
