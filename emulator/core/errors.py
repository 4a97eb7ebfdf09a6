"""Errors of the emulator itself, never to be mistaken for emulated ones."""


class EmulatorError(Exception):
    """Something given to the emulator is wrong; the text says what, and what would be right."""
