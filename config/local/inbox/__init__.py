"""The local inbox: takes every mail that the portal sends, keeps it and shows it. Nothing leaves the machine.

Beside it, on the same site, FIT-Connect's stand-in shows what it has got (config.local.fit_connect).
The site also lists the sample people with their passwords and the codes that staff need to sign in.
"""
