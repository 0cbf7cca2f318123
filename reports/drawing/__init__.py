"""Drawings of a trace: who stands where, in which words, as a sequence diagram, a timeline or a state machine."""
