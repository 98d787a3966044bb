"""The local inbox: takes every mail that the portal sends, keeps it and shows it. Nothing leaves the machine.

The same little site lists the sample people with their passwords and the codes that staff need to sign in.
"""
