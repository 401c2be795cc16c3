"""A stand-in for the Google Analytics Data API (v1beta) of one property."""
