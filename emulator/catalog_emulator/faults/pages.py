"""The endpoint's own pages about weather and calls, for tests that change it while they run."""

from __future__ import annotations

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.profile import KINDS, FaultProfile

Document = dict[str, object]


def faults_page(faults: Faults, method: str, body: str) -> tuple[int, Document]:
    """GET tells what it is and what happened, PUT takes a forecast, DELETE makes it fine."""
    match method:
        case "GET":
            pass
        case "PUT":
            try:
                faults.change(FaultProfile.parse(body))
            except InvalidInputError as error:
                return 400, {"error": error.document()}
        case "DELETE":
            faults.change(FaultProfile())
        case _:
            return 405, {"error": {"message": "GET, PUT or DELETE"}}
    return 200, {
        "faults": str(faults.profile),
        "happened": faults.happened(),
        "kinds": {name: happens for name, (_, happens) in KINDS.items()},
    }


def calls_page(faults: Faults, method: str) -> tuple[int, Document]:
    """GET tells how many calls came, by operation; DELETE tells, and counts from zero."""
    if method not in ("GET", "DELETE"):
        return 405, {"error": {"message": "GET or DELETE"}}
    calls = faults.calls()
    if method == "DELETE":
        faults.reset_calls()
    return 200, {"calls": calls, "total": sum(calls.values())}
