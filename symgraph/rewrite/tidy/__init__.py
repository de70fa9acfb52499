"""Derivatives in the order in which a person writes them."""
