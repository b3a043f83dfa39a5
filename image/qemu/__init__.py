"""Booting an image in QEMU: which accelerator works, the machine, its serial console, mail through it."""
