"""Launches: provisioned products of a caller, from the request through outputs and alerts to termination.

Works as an end user of Service Catalog: needs no more of a product than portfolios show to principals.
"""
