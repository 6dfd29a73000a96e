"""A product of three resources in several versions, and many launches of it."""

from __future__ import annotations

from collections import Counter

from publisher.launch.fleet import RolloutPlan, plan_rollout
from publisher.launch.launches import Impacts, Launches, launches_of
from publisher.launch.rollout import Rollout, Waves
from publisher.stopping import Stop
from tests.launch.account import Account

APP = "app-small"
FIRST = """
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 30}
  Team: {Type: String, Default: none}
Conditions: {HasTeam: !Not [!Equals [!Ref Team, none]]}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${Name}-app", DisplayName: alerts}}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/app/${Name}", RetentionInDays: !Ref Days}
  Table:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/app/${Name}/topic", Type: String, Value: !Ref Topic}
Outputs: {TopicArn: {Value: !Ref Topic}}
"""
IN_PLACE = FIRST.replace("DisplayName: alerts", "DisplayName: the alerts")
# Another log group, but only for launches with a team.
CRITICAL_WITH_TEAM = FIRST.replace(
    'LogGroupName: !Sub "/app/${Name}"',
    'LogGroupName: !If [HasTeam, !Sub "/team/${Name}", !Sub "/app/${Name}"]',
)
REQUIRING = IN_PLACE.replace("Parameters:", "Parameters:\n  Owner: {Type: String}")
# Fails for launches with a team, when somebody else has the name.
TAKEN = "/app/taken"
FAILING_WITH_TEAM = IN_PLACE.replace(
    "Outputs:",
    f"""  Extra:
    Type: AWS::SSM::Parameter
    Condition: HasTeam
    Properties: {{Name: {TAKEN}, Type: String, Value: x}}
Outputs:""",
)


class Fleet:
    """The product in an account, tagged as publisher does it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.role = account.role(f"launch-{APP}", service="servicecatalog.amazonaws.com")
        self.product = account.build.product(
            "App small",
            portfolio=account.portfolio,
            role=f"launch-{APP}",
            template=FIRST,
            Tags=[{"Key": "publisher:product", "Value": APP}],
        )

    def version(self, name: str, template: str = IN_PLACE) -> str:
        """Another version; its id."""
        return self.account.build.version(self.product, name, template=template)

    def launch(
        self, name: str, *, version: str = "1.0.0", tags: dict[str, str] | None = None, **values: str
    ) -> None:
        """A launch of the version, by the launcher."""
        catalog = self.account.aws.client("servicecatalog")
        catalog.provision_product(
            ProductId=self.product,
            ProvisioningArtifactName=version,
            ProvisionedProductName=name,
            ProvisioningParameters=[
                {"Key": key, "Value": value} for key, value in {"Name": name, **values}.items()
            ],
            Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        )

    def launches(self, count: int) -> None:
        """app-00 and so on."""
        for number in range(count):
            self.launch(f"app-{number:02}")

    def found(self) -> Launches:
        return launches_of(self.account.aws)

    def plan(self, version: str, *, retry: bool = False) -> RolloutPlan:
        """A new run's plan."""
        found, aws = self.found(), self.account.aws
        return plan_rollout(aws, found, Impacts(aws, found), version=version, retry=retry)

    def roll_out(self, plan: RolloutPlan, waves: Waves | None = None, *, stop: Stop | None = None) -> Rollout:
        """The rollout of a plan, to its end."""
        rollout = Rollout(
            self.account.aws,
            plan,
            waves or Waves(),
            clock=self.account.clock,
            stop=stop or Stop(),
            report=lambda line, done, total: self.account.lines.append(f"[{done}/{total}] {line}"),
        )
        rollout.run()
        return rollout

    def updates(self) -> Counter[str]:
        """How many updates each launch had."""
        paginator = self.account.catalog.get_paginator("list_record_history")
        account = {"Key": "Account", "Value": "self"}
        return Counter(
            it["ProvisionedProductName"]
            for page in paginator.paginate(AccessLevelFilter=account)
            for it in page["RecordDetails"]
            if it["RecordType"] == "UPDATE_PROVISIONED_PRODUCT"
        )
