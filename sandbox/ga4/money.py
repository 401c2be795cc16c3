"""Amounts in another currency than the property's, at rates that never change."""

from sandbox.ga4.problems import invalid

_PER_DOLLAR = {
    "USD": 1.0,
    "EUR": 0.9,
    "GBP": 0.78,
    "CHF": 0.88,
    "CAD": 1.36,
    "AUD": 1.5,
    "JPY": 150.0,
    "CNY": 7.2,
    "INR": 83.0,
    "BRL": 5.0,
    "MXN": 17.0,
    "SEK": 10.5,
    "NOK": 10.6,
    "DKK": 6.7,
    "PLN": 4.0,
    "AED": 3.67,
}


def conversion(own: str, wanted: str) -> tuple[str, float]:
    """Return the currency of an answer, and what the property's amounts are multiplied by.

    Raises:
        Problem: the currency is not known.
    """
    if not wanted or wanted == own:
        return own, 1.0
    if wanted not in _PER_DOLLAR:
        raise invalid(f"The currencyCode {wanted[:20]!r} is invalid.")
    return wanted, _PER_DOLLAR[wanted] / _PER_DOLLAR.get(own, 1.0)
