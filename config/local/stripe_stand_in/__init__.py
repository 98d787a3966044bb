"""A local stand-in for Stripe: what the portal needs of the API, and the hosted page where people pay.

Every request is checked against Stripe's own OpenAPI description (`openapi.json.gz`), and every answer is
built from its schemas. What Stripe allows and this stand-in does not do is refused, never silently ignored.
No money flows: the pages take test numbers only.

    python -m config.local.stripe_stand_in --help
"""
