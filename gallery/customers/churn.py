"""Will a customer leave? What the manager goes by, until there is a program that is better."""

from __future__ import annotations

from typing import Literal

import wisen

Addition = Literal["Yes", "No", "No internet service"]


@wisen.function
def will_leave(
    female: bool,
    senior_citizen: bool,
    partner: bool,
    dependents: bool,
    tenure: int,
    phone_service: bool,
    multiple_lines: Literal["Yes", "No", "No phone service"],
    internet_service: Literal["DSL", "Fiber optic", "No"],
    online_security: Addition,
    online_backup: Addition,
    device_protection: Addition,
    tech_support: Addition,
    streaming_tv: Addition,
    streaming_movies: Addition,
    contract: Literal["Month-to-month", "One year", "Two year"],
    paperless_billing: bool,
    payment_method: Literal["Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)"],
    monthly_charges: float,
    total_charges: float | None,
) -> bool:
    """Whether a customer of a telephone company leaves this month."""
    return contract == "Month-to-month" and tenure <= 3  # bound to nothing, and new
