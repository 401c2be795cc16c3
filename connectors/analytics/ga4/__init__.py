"""Google Analytics 4, through its Data API (v1beta)."""

from connectors.analytics.ga4.analytics import GA4Analytics, GA4Connection

__all__ = ["GA4Analytics", "GA4Connection"]
