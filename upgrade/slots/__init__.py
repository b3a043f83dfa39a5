"""The two slots of the disk: what is in them, putting a release into the free one, and which one boots next."""
