"""Terminates a launch, and refuses as long as that would lose what nobody spoke of."""

from __future__ import annotations

from publisher.aws.clients import Aws, token
from publisher.errors import Refused
from publisher.launch.calls import asking
from publisher.launch.contents import Contents
from publisher.launch.events import Events
from publisher.launch.progress import Operation
from publisher.launch.provisioned import Provisioned
from publisher.launch.request import LaunchRequest


def as_launched(aws: Aws, provisioned: Provisioned) -> LaunchRequest:
    """What is wanted by somebody who gives a launch's name only: what it is, where he works.

    Raises Refused for what no config launched: that was made by other means than ours.
    """
    if not provisioned.config:
        raise Refused(
            f"{provisioned.name}: it does not tell which config launched it, {provisioned}",
            hint="publisher terminate CONFIG, with its config's file; or terminate it where it was launched",
        )
    account_id, _ = aws.identity
    return LaunchRequest(
        name=provisioned.name,
        config=provisioned.config,
        path=provisioned.name,
        product=provisioned.product,
        account_id=account_id,
        region=aws.region,
        parameters={},
        tags={},
    )


def refuse_unready(wanted: LaunchRequest, provisioned: Provisioned) -> None:
    """Refuses what is under way, and what another config launched."""
    if provisioned.config and provisioned.config != wanted.config:
        raise Refused(
            f"{wanted.name}: this is not the launch of {wanted.path}: the config '{provisioned.config}' holds"
            f" the name, {provisioned}",
            hint=f"publisher terminate configs/{provisioned.config}.yaml",
        )
    if not provisioned.config and provisioned.product not in (wanted.product, wanted.display_name):
        raise Refused(
            f"{wanted.name}: this is no launch of {wanted.path}, but of {provisioned} without a config",
            hint="terminate it where it was launched",
        )
    if provisioned.status == "UNDER_CHANGE":
        raise Refused(
            f"{wanted.name}: it is being changed right now",
            hint=f"publisher outputs {wanted.path} tells when it has come to rest",
        )


def refusal(wanted: LaunchRequest, contents: Contents, *, force: bool, empty: bool) -> Refused | None:
    """Why this may not go on: it was not asked for by name."""
    command = f"publisher terminate {wanted.path} --force"
    if not force:
        also = " --empty" if contents.holdings else ""
        return Refused(f"{wanted.name}: all this would be deleted", hint=f"{command}{also} does it")
    if contents.holdings and not empty:
        held = "; ".join(str(holding) for holding in contents.holdings)
        return Refused(
            f"{wanted.name}: not everything is empty: {held}", hint=f"{command} --empty deletes that, too"
        )
    return None


def terminate(aws: Aws, wanted: LaunchRequest, provisioned: Provisioned) -> Operation:
    """Starts the termination. Raises AwsError."""
    # A deleted stack no longer answers to its name, and what was seen before is not of this operation.
    events = Events(aws, provisioned.stack)
    events.new()
    with asking(f"{wanted.name}: cannot terminate {provisioned}"):
        record = aws.client("servicecatalog").terminate_provisioned_product(
            ProvisionedProductId=provisioned.id,
            TerminateToken=token(
                "TerminateProvisionedProduct",
                f"{aws.account_id}/{aws.region}",
                provisioned.id,
                provisioned.last_record_id,
            ),
        )["RecordDetail"]
    return Operation(
        record_id=record["RecordId"],
        name=wanted.name,
        doing="termination",
        stack=provisioned.stack,
        remedy=f"mend that, then publisher terminate {wanted.path} --force again",
        look=f"publisher outputs {wanted.path}",
        events=events,
    )
