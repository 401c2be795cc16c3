"""Amounts of money: decimals in a currency, always at that currency's precision."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from steward.model import Keeping

# ISO 4217 gives most currencies two minor digits; these are the exceptions that shops use.
_MINOR_DIGITS = {
    **dict.fromkeys(
        (
            "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_DEFAULT_MINOR_DIGITS = 2

# Amounts stay below this, so that none has more than 18 digits in any currency.
AMOUNT_LIMIT = Decimal(10) ** 15


@cache
def smallest_unit(currency: str) -> Decimal:
    """Return the currency's smallest amount, such as 0.01 for USD and 1 for JPY (ISO 4217)."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, _DEFAULT_MINOR_DIGITS))


def rounded_half_up(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded to the currency's smallest unit, never below zero."""
    return max(amount, Decimal(0)).quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


class Money(Keeping):
    """An amount of zero or more, in a currency (ISO 4217 code), at the currency's precision.

    It is below `AMOUNT_LIMIT`.
    Equal amounts are equal values however they were written: "24", "24.0" and "24.00" USD.
    """

    kind: Literal["money"] = "money"
    amount: Decimal = Field(ge=0, lt=AMOUNT_LIMIT, allow_inf_nan=False, max_digits=18)
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    @field_validator("amount", mode="before")
    @classmethod
    def _no_binary_floats(cls, amount: object) -> object:
        if isinstance(amount, float):
            raise ValueError("write an amount as a decimal string, not as a binary float")  # noqa: TRY004
        return amount

    @model_validator(mode="after")
    def _at_the_currency_precision(self) -> Self:
        exact = self.amount.quantize(smallest_unit(self.currency))
        if exact != self.amount:
            raise ValueError(f"{self.amount} is finer than the smallest unit of {self.currency}")
        # A negative zero equals zero, but is written otherwise.
        object.__setattr__(self, "amount", exact.copy_abs())
        return self

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Self:
        """Return the amount rounded half up to the currency's smallest unit, never below zero."""
        return cls(amount=rounded_half_up(amount, currency), currency=currency)

    @classmethod
    def rounded_up(cls, amount: Decimal, currency: str) -> Self:
        """Return the amount rounded up to the currency's smallest unit; it is zero or more."""
        return cls(
            amount=amount.quantize(smallest_unit(currency), ROUND_CEILING), currency=currency
        )

    def __str__(self) -> str:
        """Return the amount with its currency, such as `24.00 USD`."""
        return f"{self.amount} {self.currency}"
