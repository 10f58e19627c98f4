"""Answer one order: parse it, look up its prices, ask a slow backend for stock, render a receipt, and sign it.

A service function as many have: it computes for less than a millisecond and waits for five. Nothing in it knows Runoff.
"""

import hashlib
import hmac
import time
import zlib

import ciso8601
import jinja2

PRICES = {f"sku-{number:04}": 199 + 37 * number % 4801 for number in range(5000)}  # in cents
BACKEND_S = 0.005
KEY = b"not a secret: an example"
RECEIPT = jinja2.Environment(autoescape=True).from_string(
    """{{ customer }}, {{ date }}
{% for line in lines %}{{ line.sku }} {{ line.count }} x {{ line.each / 100 }} = {{ "%.2f" | format(line.total / 100) }}
{% endfor %}total {{ "%.2f" | format(total / 100) }}, in stock: {{ in_stock }}
"""
)


def handle(order):
    """Return the receipt of ``order`` ({customer, ordered_at, lines: [{sku, count}]}), its total and its signature."""
    ordered_at = ciso8601.parse_datetime(order["ordered_at"])
    lines = [priced(line["sku"], line["count"]) for line in order["lines"]]
    total = sum(line["total"] for line in lines)
    receipt = RECEIPT.render(
        customer=order["customer"],
        date=ordered_at.date().isoformat(),
        lines=lines,
        total=total,
        in_stock=stock([line["sku"] for line in lines]),
    )
    return {"receipt": receipt, "total": total, "signature": signature(receipt)}


def priced(sku, count):
    """Return the line of a receipt; from ten on everything is a tenth cheaper."""
    each = PRICES[sku]
    total = each * count
    return {"sku": sku, "count": count, "each": each, "total": total - total // 10 if count >= 10 else total}


def stock(skus):
    """Stand for a backend that answers after a while: how many of ``skus`` it has."""
    time.sleep(BACKEND_S)
    return sum(zlib.crc32(sku.encode()) % 10 > 0 for sku in skus)


def signature(receipt):
    """Return the receipt's signature."""
    return hmac.new(KEY, receipt.encode(), hashlib.sha256).hexdigest()
