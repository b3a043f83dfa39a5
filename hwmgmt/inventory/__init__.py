"""What the machine is made of: model, links, disks, RAID and replaceable parts, in one answer."""
