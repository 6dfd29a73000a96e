"""Launches: provisioned products of a caller, from the request to its outputs and its end.

Works as an end user of Service Catalog: what it needs of a product is what its portfolio shows a caller whom
it admits. Knows nothing of files, terminals or how things are published.
"""

from publisher.launch.alerts import Alerts, alerts_of, await_confirmation, resend
from publisher.launch.contents import Contents, contents, empty
from publisher.launch.outputs import Report, outputs_of, report
from publisher.launch.progress import Operation, Reporter, follow
from publisher.launch.provision import Launch, prepare, provision
from publisher.launch.provisioned import NotLaunchedError, Provisioned, find, get
from publisher.launch.request import LaunchRequest, check_place
from publisher.launch.terminate import as_launched, refusal, refuse_unready, terminate

__all__ = [
    "Alerts",
    "Contents",
    "Launch",
    "LaunchRequest",
    "NotLaunchedError",
    "Operation",
    "Provisioned",
    "Report",
    "Reporter",
    "alerts_of",
    "as_launched",
    "await_confirmation",
    "check_place",
    "contents",
    "empty",
    "find",
    "follow",
    "get",
    "outputs_of",
    "prepare",
    "provision",
    "refusal",
    "refuse_unready",
    "report",
    "resend",
    "terminate",
]
