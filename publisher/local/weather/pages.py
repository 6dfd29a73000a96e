"""The endpoint's own pages about weather and calls, for tests that change it while they run."""

from __future__ import annotations

from publisher.errors import InputError
from publisher.local.weather.forecast import KINDS, Forecast
from publisher.local.weather.weather import Weather

Document = dict[str, object]


def weather_page(weather: Weather, method: str, body: str) -> tuple[int, Document]:
    """GET tells what it is and what happened, PUT takes a forecast, DELETE makes it fine."""
    match method:
        case "GET":
            pass
        case "PUT":
            try:
                weather.change(Forecast.parse(body))
            except InputError as error:
                return 400, {"error": error.document()}
        case "DELETE":
            weather.change(Forecast())
        case _:
            return 405, {"error": {"message": "GET, PUT or DELETE"}}
    return 200, {
        "weather": str(weather.forecast),
        "happened": weather.happened(),
        "kinds": {name: happens for name, (_, happens) in KINDS.items()},
    }


def calls_page(weather: Weather, method: str) -> tuple[int, Document]:
    """GET tells how many calls came, by operation; DELETE tells, and counts from zero."""
    if method not in ("GET", "DELETE"):
        return 405, {"error": {"message": "GET or DELETE"}}
    calls = weather.calls()
    if method == "DELETE":
        weather.reset_calls()
    return 200, {"calls": calls, "total": sum(calls.values())}
