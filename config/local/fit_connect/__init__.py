"""A stand-in for FIT-Connect: the delivery service with one destination, and the specialist system behind it.

The service sees only what is encrypted; the specialist system opens it with its own key, checks it as the documentation
of FIT-Connect asks receivers to, and shows it. Nothing here knows the portal's code.
"""
