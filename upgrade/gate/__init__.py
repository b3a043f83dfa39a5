"""The health gate: is the release that was just booted fit to stay?"""
