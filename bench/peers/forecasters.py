"""Forecasts by statsforecast's models from many moments on, each fitted to what was known then.

    PYTHON -m bench.peers.forecasters TABLE TIME COLUMN FREQUENCY SEASON HORIZON EVERY ANSWERS

TABLE is a CSV whose held-out moments are numbered in the file ANSWERS.json beside ANSWERS; every so many steps
one is started from. Models are fitted anew every 30 starts and only updated between them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

AGAIN = 30
"""Starts after which a model is fitted anew; between them it is carried on."""


def main() -> None:
    """Writes the forecasts of all models as JSON: moments, and for each model a list of forecasts."""
    import pandas
    from statsforecast import StatsForecast
    from statsforecast.models import MSTL, AutoARIMA, AutoETS

    table, moment, column, frequency, season, horizon, starts, longest, answers = sys.argv[1:]
    frame = pandas.read_csv(table)
    series = pandas.Series(frame[column].to_numpy(float), index=pandas.to_datetime(frame[moment])).sort_index()
    series = series[~series.index.duplicated(keep="last")].asfreq(frequency).interpolate()
    count, every, h = (int(part) for part in (*starts.split(","), horizon))
    # A series that is told apart by its end: each start is `every` steps after the one before.
    y = series.iloc[-(count - 1) * every - h - int(longest) :] if int(longest) else series
    data = pandas.DataFrame({"unique_id": "one", "ds": y.index.tz_localize(None), "y": y.to_numpy()})
    length = int(season)
    # A year of days is too long a season for ARIMA and ETS: they go without one, and MSTL takes it.
    short = length if length <= 24 else 1
    found: dict[str, object] = {}
    for name, model in (
        ("AutoETS", AutoETS(season_length=short)),
        ("AutoARIMA", AutoARIMA(season_length=short, approximation=True)),
        ("MSTL", MSTL(season_length=length)),
    ):
        begin = time.perf_counter()
        said = StatsForecast(models=[model], freq=frequency).cross_validation(
            h=h, df=data, n_windows=count, step_size=every, refit=AGAIN, input_size=int(longest) or None
        )
        said = said.sort_values(["cutoff", "ds"])
        found[name] = {
            "seconds": round(time.perf_counter() - begin, 1),
            "starts": [str(each) for each in said["cutoff"].drop_duplicates()],
            "said": said[name].to_numpy().reshape(-1, h).round(4).tolist(),
        }
        Path(answers).write_text(json.dumps(found), encoding="utf-8")
        print(name, found[name]["seconds"], flush=True)  # type: ignore[index]  # made a line above


if __name__ == "__main__":
    main()
