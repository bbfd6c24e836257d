"""The weather of the next days and hours: what the calendar says, until there is a program that is better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, sin, tau
from typing import Annotated, Literal

import wisen
from wisen import Category, Next, Past

Sky = Literal["drizzle", "fog", "rain", "snow", "sun"]


@dataclass
class Week:
    """What is to be expected of the days after this one."""

    warmest: Annotated[list[float], Next(7, "temp_max")]
    tomorrow: Annotated[Sky, Next(1, "weather")]


@wisen.function
def week_ahead(
    day: date,
    temp_max: Annotated[list[float], Past(14)],
    temp_min: float,
    precipitation: float,
    wind: float,
    weather: Sky,
) -> Week:
    """The highest temperature of each of the next seven days in Seattle, in °C, and tomorrow's kind of weather."""
    days = [day + timedelta(days=ahead) for ahead in range(1, 8)]
    turns = [tau * each.timetuple().tm_yday / 365.25 for each in days]
    # What 2012 to 2014 had on these days of the year.
    usual = [16.0 - 8.6 * cos(t) - 3.1 * sin(t) - 0.5 * cos(2 * t) + 1.5 * sin(2 * t) for t in turns]
    return Week(usual, weather)  # and tomorrow's sky is today's


@wisen.function
def next_24_hours(
    hour: Annotated[str, Category],
    temp: Annotated[list[float], Past(72)],
    dewp: Annotated[list[float], Past(24)],
    pressure: Annotated[list[float], Past(24)],
    wind_north: Annotated[list[float], Past(6)],
    wind_east: Annotated[list[float], Past(6)],
) -> Annotated[list[float], Next(24, "temp")]:
    """The temperature at New York's airport JFK in each of the next 24 hours, in °F; `hour` is that of UTC."""
    known = [each for each in temp if each == each]
    return [each if each == each else known[-1] for each in temp[-24:]]  # tomorrow is as today
