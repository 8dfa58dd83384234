"""What the reader must know of currencies: decimals of the minor unit and symbols.

Source: ISO 4217 list one (six-iso-group), minor unit column; currencies not named here have 2.
"""

from __future__ import annotations

_MINOR_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENT_OF = {
    code: exponent for exponent, codes in _MINOR_EXPONENTS.items() for code in codes.split()
}
_SYMBOLS = {
    "AUD": ("A$", "AU$"),
    "BRL": ("R$",),
    "CAD": ("C$", "CA$"),
    "CHF": ("Fr.", "SFr."),
    "CNY": ("¥",),
    "CZK": ("Kč",),
    "DKK": ("kr", "kr."),
    "EUR": ("€",),
    "GBP": ("£",),
    "HUF": ("Ft",),
    "ILS": ("₪",),
    "INR": ("₹", "Rs", "Rs."),
    "JPY": ("¥",),
    "KRW": ("₩",),
    "MXN": ("MX$",),
    "NGN": ("₦",),
    "NOK": ("kr", "kr."),
    "NZD": ("NZ$",),
    "PHP": ("₱",),
    "PLN": ("zł",),
    "RUB": ("₽",),
    "SEK": ("kr", "kr."),
    "THB": ("฿",),
    "TRY": ("₺",),
    "UAH": ("₴",),
    "USD": ("US$",),
    "VND": ("₫",),
    "ZAR": ("R",),
}
_DOLLAR_CURRENCIES = """
    ARS AUD BMD BSD CAD CLP COP FJD HKD JMD MXN NZD SGD TTD TWD USD
"""
_DOLLARS = frozenset(_DOLLAR_CURRENCIES.split())


def minor_exponent(currency_code: str) -> int:
    """Return how many decimals the currency's minor unit has.

    >>> minor_exponent("USD"), minor_exponent("JPY"), minor_exponent("KWD")
    (2, 0, 3)
    """
    return _EXPONENT_OF.get(currency_code, 2)


def money_marks(currency_code: str) -> tuple[str, ...]:
    """Return what may stand beside an amount in this currency: its code and its symbols."""
    dollar = ("$",) if currency_code in _DOLLARS else ()
    return (currency_code, *_SYMBOLS.get(currency_code, ()), *dollar)
