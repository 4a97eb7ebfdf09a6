"""Measures the emulator, most of it as a ratio to a bare server that answers the same bytes.

Absolute figures belong to one machine; a ratio of two servers that took turns on the same
core says what the emulator itself costs.
"""
