from tests.hwmgmt.ipmi.conftest import bmc

__all__ = ["bmc"]
