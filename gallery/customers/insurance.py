"""Who will insure a caravan? What the manager goes by, until there is a program that is better."""

from __future__ import annotations

from typing import Annotated

import wisen
from wisen import Category

Code = Annotated[str, Category]


@wisen.function
def will_insure(
    mostype: Code,  # of 41 sorts of customer, as the neighbourhood is
    maanthui: int,  # houses
    mgemomv: int,  # size of the household, 1 to 6
    mgemleef: int,  # age, 1 (20 to 30) to 6 (70 to 80)
    moshoofd: Code,  # of 10 sorts of customer
    mgodrk: int,  # from here on, shares of the neighbourhood: 0 (none) to 9 (all). Religion
    mgodpr: int,
    mgodov: int,
    mgodge: int,
    mrelge: int,  # married or living together
    mrelsa: int,
    mrelov: int,
    mfalleen: int,  # households
    mfgekind: int,
    mfwekind: int,
    moplhoog: int,  # education, high to low
    moplmidd: int,
    mopllaag: int,
    mberhoog: int,  # work
    mberzelf: int,
    mberboer: int,
    mbermidd: int,
    mberarbg: int,
    mberarbo: int,
    mska: int,  # social class, A to D
    mskb1: int,
    mskb2: int,
    mskc: int,
    mskd: int,
    mhhuur: int,  # rented, owned
    mhkoop: int,
    maut1: int,  # cars
    maut2: int,
    maut0: int,
    mzfonds: int,  # health insurance
    mzpart: int,
    minkm30: int,  # income
    mink3045: int,
    mink4575: int,
    mink7512: int,
    mink123m: int,
    minkgem: int,
    mkoopkla: int,  # purchasing power, 1 to 8
    pwapart: int,  # paid a year for each sort of policy: 0 (nothing) to 9 (most)
    pwabedr: int,
    pwaland: int,
    ppersaut: int,  # car
    pbesaut: int,
    pmotsco: int,
    pvraaut: int,
    paanhang: int,
    ptractor: int,
    pwerkt: int,
    pbrom: int,
    pleven: int,
    ppersong: int,
    pgezong: int,
    pwaoreg: int,
    pbrand: int,  # fire
    pzeilpl: int,
    pplezier: int,  # boat
    pfiets: int,
    pinboed: int,
    pbystand: int,
    awapart: int,  # how many policies of each sort
    awabedr: int,
    awaland: int,
    apersaut: int,  # cars
    abesaut: int,
    amotsco: int,
    avraaut: int,
    aaanhang: int,
    atractor: int,
    awerkt: int,
    abrom: int,
    aleven: int,
    apersong: int,
    agezong: int,
    awaoreg: int,
    abrand: int,
    azeilpl: int,
    aplezier: int,  # boats
    afiets: int,
    ainboed: int,
    abystand: int,
) -> bool:
    """Whether a customer of an insurance company has insured a caravan."""
    return ppersaut >= 6 and pbrand >= 3  # insures a good car, and a house against fire
