"""Differences, quotients and means whose usual spelling cancels or overflows, as operators of their own."""
