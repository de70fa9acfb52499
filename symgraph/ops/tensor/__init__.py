"""Contractions, the one product of tensor algebra, and the names that users know for them."""
