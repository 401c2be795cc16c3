"""A stand-in BigCommerce store: REST v3 below `/stores/{hash}`, with quota, journal and faults."""
