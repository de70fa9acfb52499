"""Arranging, joining and indexing arrays."""
