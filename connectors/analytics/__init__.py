"""The sources of analytics, one package each: what visitors did, to read and never to write."""
