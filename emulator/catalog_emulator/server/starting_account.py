"""What the account holds when an endpoint starts: networks, parameters, stacks, buckets and so on, as data.

Made on moto's backends themselves: clients would read every service's model first.
"""

from __future__ import annotations

import importlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, REGION

Path = tuple[str | int, ...]
_TYPES = {str: "text", bool: "true or false", dict: "a mapping"}


class StartingAccountError(InvalidInputError):
    """What is wrong at `path` of the data, and the kind of problem."""

    def __init__(self, path: Path, problem: Literal["unknown", "missing", "value"], text: str) -> None:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        super().__init__(f"{place.removeprefix('.')}: {text}" if path else text)
        self.path, self.problem, self.text = path, problem, text


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet in an Availability Zone."""

    id: str
    cidr: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC with DNS host names; its subnets use `route_table`, where there is one."""

    id: str
    cidr: str
    subnets: tuple[Subnet, ...] = ()
    route_table: str = ""


@dataclass(frozen=True, kw_only=True)
class TransitGateway:
    """A transit gateway that accepts attachments automatically."""

    id: str


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of SSM: a String, or a StringList."""

    name: str
    value: str
    type: str = "String"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack; `template` is the body as a mapping."""

    name: str
    template: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket that blocks public access."""

    name: str
    versioning: bool = False
    event_bridge: bool = False


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection to a Git provider that somebody has completed in the console."""

    id: str
    name: str
    provider: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StartingAccount:
    """All of it. Ids and names are unique."""

    vpcs: tuple[Vpc, ...] = ()
    transit_gateways: tuple[TransitGateway, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    stacks: tuple[Stack, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    connections: tuple[Connection, ...] = ()

    @classmethod
    def parse(cls, document: Any) -> StartingAccount:
        """The account that a document (plain JSON values) describes. Raises StartingAccountError."""
        account: StartingAccount = _parsed(cls, document, ())
        for name, count in Counter(account.contents()).items():
            if count > 1:
                raise StartingAccountError((), "value", f"{name[0]} '{name[1]}' is declared twice")
        return account

    def contents(self) -> Iterator[tuple[str, str]]:
        """What it holds, as (kind, name)."""
        for vpc in self.vpcs:
            yield "VPC", vpc.id
            yield from (("subnet", subnet.id) for subnet in vpc.subnets)
            if vpc.route_table:
                yield "route table", vpc.route_table
        yield from (("transit gateway", gateway.id) for gateway in self.transit_gateways)
        yield from (("SSM parameter", parameter.name) for parameter in self.parameters)
        yield from (("stack", stack.name) for stack in self.stacks)
        yield from (("S3 bucket", bucket.name) for bucket in self.buckets)
        yield from (("connection", connection.name) for connection in self.connections)

    def create(self) -> None:
        from moto.cloudformation.models import cloudformation_backends
        from moto.core.exceptions import ServiceException
        from moto.ec2.models import ec2_backends
        from moto.s3.models import s3_backends
        from moto.ssm.models import ssm_backends
        from werkzeug.exceptions import HTTPException

        from catalog_emulator.codeconnections import codeconnections_backends

        backends: tuple[tuple[Any, Any, Any], ...] = (
            (self.vpcs, _create_vpc, ec2_backends[ACCOUNT_ID][REGION]),
            (self.transit_gateways, _create_transit_gateway, ec2_backends[ACCOUNT_ID][REGION]),
            (self.parameters, _create_parameter, ssm_backends[ACCOUNT_ID][REGION]),
            (self.stacks, _create_stack, cloudformation_backends[ACCOUNT_ID][REGION]),
            (self.buckets, _create_bucket, s3_backends[ACCOUNT_ID]["aws"]),
            (self.connections, _create_connection, codeconnections_backends[ACCOUNT_ID][REGION]),
        )
        for items, create, backend in backends:
            for item in items:
                try:
                    create(backend, item)
                except (ServiceException, HTTPException, ValueError) as error:
                    reason = getattr(error, "message", None) or getattr(error, "description", None) or error
                    name = getattr(item, "id", None) or item.name
                    raise InvalidInputError(f"cannot create {name}: {reason}") from error


def _parsed(kind: Any, value: Any, path: Path) -> Any:
    if not isinstance(value, Mapping):
        raise StartingAccountError(path, "value", "must be a mapping")
    known = {one.name: one for one in fields(kind)}
    for name in value:
        if name not in known:
            raise StartingAccountError((*path, name), "unknown", f"unknown key; keys are {', '.join(known)}")
    for name, one in known.items():
        if name not in value and one.default is MISSING and one.default_factory is MISSING:
            raise StartingAccountError(path, "missing", f"'{name}' is required")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], inner, (*path, name)) for name, inner in value.items()})


def _value(hint: Any, value: Any, path: Path) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise StartingAccountError(path, "value", "must be a list")
        return tuple(_parsed(get_args(hint)[0], item, (*path, n)) for n, item in enumerate(value))
    expected = get_origin(hint) or hint
    if not isinstance(value, expected):
        raise StartingAccountError(path, "value", f"must be {_TYPES[expected]}")
    # Values may be anything, names end in headers and messages.
    if isinstance(value, str) and path[-1] != "value" and not value.isprintable():
        raise StartingAccountError(path, "value", "must not contain control characters")
    return value


def _create_vpc(ec2: Any, vpc: Vpc) -> None:
    with _ids("vpcs", "random_vpc_id", vpc.id):
        ec2.create_vpc(vpc.cidr)
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_hostnames", True)
    with _ids("subnets", "random_subnet_id", *(subnet.id for subnet in vpc.subnets)):
        for subnet in vpc.subnets:
            ec2.create_subnet(vpc.id, subnet.cidr, availability_zone=subnet.zone)
    if vpc.route_table:
        with _ids("route_tables", "random_route_table_id", vpc.route_table):
            ec2.create_route_table(vpc.id)
        for subnet in vpc.subnets:
            ec2.associate_route_table(vpc.route_table, subnet_id=subnet.id)


def _create_transit_gateway(ec2: Any, gateway: TransitGateway) -> None:
    with _ids("transit_gateway", "random_transit_gateway_id", gateway.id):
        ec2.create_transit_gateway(None, options={"AutoAcceptSharedAttachments": "enable"})


@contextmanager
def _ids(module: str, function: str, *ids: str) -> Iterator[None]:
    """Has moto hand out these ids."""
    models: Any = importlib.import_module(f"moto.ec2.models.{module}")
    original = getattr(models, function)
    following = itertools.chain(ids, iter(original, None))
    setattr(models, function, lambda *_, **__: next(following))
    try:
        yield
    finally:
        setattr(models, function, original)


def _create_parameter(ssm: Any, parameter: Parameter) -> None:
    unset = ("description", "allowed_pattern", "keyid", "tags", "tier", "policies")
    ssm.put_parameter(
        name=parameter.name,
        value=parameter.value,
        parameter_type=parameter.type,
        overwrite=False,
        data_type="text",
        **dict.fromkeys(unset),
    )


def _create_stack(stacks: Any, stack: Stack) -> None:
    made = stacks.create_stack(stack.name, json.dumps(stack.template))
    # A served endpoint works on stacks in threads.
    while made.status.endswith("_IN_PROGRESS"):
        time.sleep(0.005)
    if made.status != "CREATE_COMPLETE":
        raise ValueError(f"{made.status}: {made.status_reason}")


def _create_bucket(s3: Any, bucket: Bucket) -> None:
    s3.create_bucket(bucket.name, REGION)
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(bucket.name, dict.fromkeys(blocks, True))
    if bucket.versioning:
        s3.put_bucket_versioning(bucket.name, "Enabled")
    if bucket.event_bridge:
        s3.put_bucket_notification_configuration(bucket.name, {"EventBridgeConfiguration": {}})


def _create_connection(connections: Any, connection: Connection) -> None:
    tags = {key: str(value) for key, value in connection.tags.items()}
    name, provider = connection.name, connection.provider
    connections.create(name, provider=provider, id_=connection.id, status="AVAILABLE", tags=tags)
