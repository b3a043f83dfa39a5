"""The installer: a medium that starts from a USB stick or a CD and writes the image to a disk.

Here is what makes the medium; `image.installer.live` is what runs on it. Both know `manifest`, `chunks` and `gpt`.
"""
