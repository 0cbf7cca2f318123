"""The door: the command line and the pytest plugin."""

VERSION = "0.1.0"
