"""VN_AQI of an hourly series of PM2.5, in exact fractions, for comparison. Reads the CSV, prints JSON."""

import csv
import json
import sys
from datetime import datetime
from fractions import Fraction

# One line for each band: concentration from and to, index from and to (QĐ 1459/QĐ-TCMT).
BANDS = [
    (0, 25, 0, 50),
    (25, 50, 50, 100),
    (50, 80, 100, 150),
    (80, 150, 150, 200),
    (150, 250, 200, 300),
    (250, 350, 300, 400),
    (350, 500, 400, 500),
]


def index_of(c):
    for low, high, index_low, index_high in BANDS:
        if low <= c <= high:
            exact = Fraction(index_high - index_low, high - low) * (c - low) + index_low
            return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return 500


def now_cast(newest_first):
    if sum(c is not None for c in newest_first[:3]) < 2:
        return None
    known = [c for c in newest_first if c is not None]
    if max(known) == 0:
        return Fraction(0)
    w = max(min(known) / max(known), Fraction(1, 2))
    top = bottom = Fraction(0)
    # From the oldest hour on: each step makes what came before weigh w times less.
    for c in reversed(newest_first):
        top, bottom = top * w, bottom * w
        if c is not None:
            top, bottom = top + c, bottom + 1
    return top / bottom


def main(path, until):
    hours = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["date_as_published"] >= until or row["qc"] != "Valid" or not row["aqi"]:
                continue
            at = datetime.fromisoformat(row["date_as_published"].replace("Z", "+00:00"))
            hours.setdefault(int(at.timestamp()) // 3600, Fraction(row["aqi"]))
    first, last = min(hours), max(hours)
    hourly = {}
    for hour in range(first, last + 2):
        c = now_cast([hours.get(hour - back) for back in range(12)])
        if c is not None:
            hourly[hour * 3600000] = index_of(c)
    daily = {}
    for day in range((first + 7) // 24, (last + 7) // 24 + 1):
        known = [hours[hour] for hour in range(day * 24 - 7, day * 24 + 17) if hour in hours]
        if len(known) >= 18:
            daily[(day * 24 - 7) * 3600000] = index_of(sum(known) / len(known))
    print(json.dumps({"hourly": hourly, "daily": daily}))


main(*sys.argv[1:])
