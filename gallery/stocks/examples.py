"""Writes the days of 20 American stocks, 1990 to 2022, as one CSV file: data/stocks.csv, one row a stock and day."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pandas
from gallery.package import file_in

TABLE = Path(__file__).parent / "data" / "stocks.csv"


def main() -> None:
    """Writes the table, unless it is there."""
    if TABLE.exists():
        return
    packed = file_in("skfolio==1.12.2", "skfolio/datasets/data/sp500_dataset.csv.gz")
    closes = pandas.read_csv(io.BytesIO(gzip.decompress(packed)), index_col=0, parse_dates=True)
    returns = 100 * closes.pct_change().iloc[1:]
    market = returns.abs().mean(axis=1)
    days = returns.stack().rename("change").rename_axis(["day", "stock"]).reset_index()
    days["day"] = days["day"].dt.date
    days["change"] = days["change"].round(4)
    days["move"] = days["change"].abs()
    days["market"] = days["day"].map(dict(zip(market.index.date, market.round(4), strict=True)))
    # A stock that closes as the day before went neither way: so the answer is missing.
    days["direction"] = ["up" if change > 0 else "down" if change < 0 else None for change in days["change"]]
    TABLE.parent.mkdir(exist_ok=True)
    days.to_csv(TABLE, index=False)
    print(f"{len(days)} days of {days['stock'].nunique()} stocks in {TABLE}")


if __name__ == "__main__":
    main()
