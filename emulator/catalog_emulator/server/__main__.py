"""`python -m catalog_emulator.server FOLDER`: serves an emulated AWS until it is stopped."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

from catalog_emulator import settings
from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.server.endpoint_record import Endpoint, SiteOptions
from catalog_emulator.server.folder_lock import FolderLock
from catalog_emulator.server.local_server import LocalServer
from catalog_emulator.server.process import WRONG_INPUT
from catalog_emulator.server.starting_account import StartingAccount

_WATCH_SECONDS = 2.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m catalog_emulator.server", description="Serve an emulated AWS on 127.0.0.1."
    )
    parser.add_argument(
        "folder", type=Path, help="folder for the AWS config file and the record of the endpoint"
    )
    parser.add_argument("--port", type=int, default=0, help="the port; 0 (the default) finds a free one")
    parser.add_argument(
        "--faults", default="", metavar="PROFILE", help="a fault profile, e.g. throttle=0.3,seed=7"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="start with this saved state, if it exists"
    )
    parser.add_argument(
        "--account", type=Path, metavar="FILE", help="JSON file: the contents of a new account"
    )
    parser.add_argument(
        "--refuse-records",
        action="store_true",
        help="fail for a resource that no API of a service would see, instead of recording it",
    )
    parser.add_argument("--admin-profile", default=Endpoint.admin_profile, metavar="NAME")
    parser.add_argument("--launcher-profile", default=Endpoint.launcher_profile, metavar="NAME")
    site = parser.add_argument_group("pages for people, of another package")
    site.add_argument("--site", metavar="MODULE:NAME", default="", help="what makes their WSGI application")
    site.add_argument("--site-argument", metavar="TEXT", default="", help="what it gets")
    site.add_argument("--site-command", metavar="TEXT", default="", help="the command that prints their link")
    return parser.parse_args()


def _watch(lock: FolderLock) -> None:
    """Ends this process when its folder has been removed: nobody could find or stop it any more."""
    while not lock.lost():
        time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _connect_to_no_proxy() -> None:
    """What pages read here, with the secret, stays on this machine."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    # Also where the system's settings name a proxy.
    os.environ["no_proxy"] = "127.0.0.1,localhost"


def _main() -> NoReturn:
    given = _arguments()
    logging.basicConfig(level=logging.WARNING)
    os.umask(0o077)
    _connect_to_no_proxy()
    code = 0
    settings.background = settings.authorize = True
    settings.refuse_records = given.refuse_records
    try:
        server = LocalServer(
            given.folder,
            port=given.port,
            faults=Faults(FaultProfile.parse(given.faults)),
            state_file=given.state,
            admin_profile=given.admin_profile,
            launcher_profile=given.launcher_profile,
            site=SiteOptions(factory=given.site, argument=given.site_argument, command=given.site_command)
            if given.site
            else None,
            account=StartingAccount.parse(json.loads(given.account.read_bytes()) if given.account else {}),
        )
        # Blocked before threads start, and waited for: a handler could run in the middle of anything.
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        threading.Thread(target=_watch, args=(server.lock,), daemon=True).start()
        endpoint = server.start()
        sys.stdout.write(f"AWS_ENDPOINT_URL={endpoint.url}\nAWS_CONFIG_FILE={endpoint.config_file}\n")
        sys.stdout.flush()
        signal.sigwait(signals)
        server.stop()
    except (EmulatorError, OSError, ValueError) as error:
        hint = error.hint if isinstance(error, EmulatorError) else ""
        sys.stderr.write(f"error: {error}\n" + (f"hint: {hint}\n" if hint else ""))
        code = WRONG_INPUT if isinstance(error, InvalidInputError) else 1
    # Exit immediately: Python would take seconds to free the account, object by object.
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
