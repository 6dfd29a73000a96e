"""Who uses the endpoint: an administrator (a user), and a role that launches products."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.server.endpoint_record import LOOPBACK_URL, Endpoint
from catalog_emulator.server.private_files import write_private

# What people who launch need of Service Catalog, what reading and ending a launch takes besides, and the
# permissions that stacks of products without a launch role are made with.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceCatalogEndUserFullAccess.html
_LAUNCHING = Path(__file__).with_name("launcher_policy.json")

# What may be in the config file. It can name programs to run, so that nothing else gets there.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"
_NAME_HINT = "use up to 64 letters, digits and _+=,.@-"
_VALUES = {"secret": r"[A-Za-z0-9/+]{16,128}", "url": LOOPBACK_URL.pattern}
_CONFIG = """\
# Written by the AWS emulator at {url}; these credentials are valid there only.
[profile {admin}]
aws_access_key_id = {key_id}
aws_secret_access_key = {secret}
region = {region}
endpoint_url = {url}

[profile {launcher}]
role_arn = arn:aws:iam::{account_id}:role/{launcher}
role_session_name = {session}
source_profile = {admin}
region = {region}
endpoint_url = {url}
"""


def create(endpoint: Endpoint) -> None:
    """Makes the administrator, with an access key, and the launching role in moto's IAM."""
    iam, admin, launcher = _iam(endpoint), endpoint.admin_profile, endpoint.launcher_profile
    iam.create_user("us-east-1", admin, path="/", tags=[])
    iam.put_user_policy(admin, "administrator", _policy({"Action": "*", "Resource": "*"}))
    iam.create_access_key(admin)
    account = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    trust = {"Principal": account, "Action": "sts:AssumeRole"}
    iam.create_role(
        role_name=launcher,
        assume_role_policy_document=_policy(trust),
        path="/",
        permissions_boundary=None,
        description="A team that launches products.",
        tags=[],
        max_session_duration="3600",
    )
    iam.put_role_policy(launcher, "launch", _LAUNCHING.read_text(encoding="ascii"))


def credentials(endpoint: Endpoint) -> tuple[Any, list[Any]] | None:
    """The administrator's key, and the sessions of the launching role; None without such a key."""
    user = _iam(endpoint).users.get(endpoint.admin_profile)
    role = f"arn:aws:iam::{endpoint.account_id}:role/{endpoint.launcher_profile}"
    if user is None or not user.access_keys:
        return None
    return user.access_keys[0], [one for one in _sts(endpoint).assumed_roles if one.role_arn == role]


def restore(endpoint: Endpoint, held: tuple[Any, list[Any]] | None) -> None:
    """Makes these credentials those of a new account."""
    if held is None:
        return
    iam, (key, sessions) = _iam(endpoint), held
    user = iam.users[endpoint.admin_profile]
    del iam.access_keys[user.access_keys[0].access_key_id]
    user.access_keys[:] = [key]
    iam.access_keys |= {one.access_key_id: one for one in (key, *(it.access_key for it in sessions))}
    _sts(endpoint).assumed_roles.extend(sessions)


def write_config(endpoint: Endpoint) -> None:
    """Writes the two profiles. Raises InvalidInputError when the administrator has no access key."""
    from moto.iam.models import AccessKey, User

    user = _iam(endpoint).users.get(endpoint.admin_profile)
    if type(user) is not User or not user.access_keys or type(user.access_keys[0]) is not AccessKey:
        raise InvalidInputError(
            f"the account has no access key of user '{endpoint.admin_profile}'",
            hint="use a state file that was saved by an endpoint with the same profile names",
        )
    key = user.access_keys[0]
    values = {
        "admin": endpoint.admin_profile,
        "launcher": endpoint.launcher_profile,
        "key_id": key.access_key_id,
        "secret": key.secret_access_key,
        "region": endpoint.region,
        "url": endpoint.url,
        "account_id": endpoint.account_id,
        # The AWS CLI caches sessions by their name, and another account does not know them.
        "session": f"{endpoint.launcher_profile}-{key.access_key_id[-6:].lower()}",
    }
    for name, value in values.items():
        if not re.fullmatch(_VALUES.get(name, _NAME), value):
            raise InvalidInputError(f"{name} {value!r} cannot be in an AWS config file", hint=_NAME_HINT)
    write_private(endpoint.config_file, _CONFIG.format(**values).encode())


def _iam(endpoint: Endpoint) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[endpoint.account_id]["aws"]


def _sts(endpoint: Endpoint) -> Any:
    from moto.sts.models import sts_backends

    return sts_backends[endpoint.account_id]["aws"]


def _policy(statement: Mapping[str, Any]) -> str:
    """A policy with one statement, which allows."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
