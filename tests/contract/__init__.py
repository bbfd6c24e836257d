"""Constant time, constant memory."""
