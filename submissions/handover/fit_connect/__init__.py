"""Hand-overs by FIT-Connect, the delivery service of the German administration (Submission API v2, metadata 2.1.0).

An application is encrypted for its destination (Zustellpunkt), laid down at the service, and fetched there by a
specialist system, which then says whether it has accepted it. See ADR 0033 and docs.fitko.de/fit-connect.
"""
