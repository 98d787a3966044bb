"""The local stack itself: each server, and all of them together."""
