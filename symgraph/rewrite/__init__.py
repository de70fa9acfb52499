"""Rewriting: rules as data, strategies that apply them, and the passes that users call."""
