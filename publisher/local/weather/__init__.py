"""Faults on purpose: throttling, lost replies, late visibility and more, between callers and local AWS."""

from __future__ import annotations

from publisher.local.weather.forecast import Forecast
from publisher.local.weather.weather import Weather

__all__ = ["Forecast", "Weather"]
