"""Google Analytics 4, through its Data API (v1beta)."""

from connectors.analytics.ga4.analytics import GA4Analytics, GA4Connection
from connectors.analytics.ga4.directory import ConfiguredAnalytics

__all__ = ["ConfiguredAnalytics", "GA4Analytics", "GA4Connection"]
