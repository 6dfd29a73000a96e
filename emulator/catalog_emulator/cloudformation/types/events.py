"""Rules and buses. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html"""

from typing import Any

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, exists_already, listed
from catalog_emulator.cloudformation.types.shapes import Exact
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

TAGGING = Tagging(service="events", target="ResourceARN")


class Events(ServiceType):
    """What the EventBridge types share."""

    service = "events"
    gone = ("ResourceNotFoundException",)


class Rule(Events):
    """AWS::Events::Rule: Ref is the name, `bus|name` on another bus than the default one."""

    tagging = TAGGING

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name()
        bus = _bus(properties)
        if self._exists(context, name, bus):
            raise exists_already(name)
        tags = desired_tags(context, properties)
        arn = self.call(context, "put_rule", properties, Name=name, Tags=tags)["RuleArn"]
        with self.undo_on_failure(context, name, properties):
            self._targets(context, {"Rule": name, "EventBusName": bus}, {}, properties)
        return self._made(name, bus, arn)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        name, bus = _name(physical_id), _bus(after)
        arn = self.call(context, "put_rule", after, Name=name, Tags=None)["RuleArn"]
        self._targets(context, {"Rule": name, "EventBusName": bus}, before, after)
        self.retag(context, physical_id, after)
        return self._made(name, bus, arn)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        # EventBridge refuses to delete a rule that has targets.
        rule = {"Rule": _name(physical_id), "EventBusName": _bus(properties)}
        targets = self.call(context, "list_targets_by_rule", rule)["Targets"]
        if targets:
            self.call(context, "remove_targets", rule, Ids=[target["Id"] for target in targets])
        self.call(context, "delete_rule", rule, Name=rule["Rule"])

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        name, bus = _name(physical_id), _bus(properties)
        rule = self.call(context, "describe_rule", {"Name": name, "EventBusName": bus})
        targets = self.fetch(context, "list_targets_by_rule", {"Rule": name, "EventBusName": bus}, "Targets")
        order = [target["Id"] for target in listed(properties.get("Targets"))]
        targets.sort(key=lambda item: order.index(item["Id"]) if item["Id"] in order else len(order))
        pattern = rule.get("EventPattern")
        return {
            "Name": name,
            "EventPattern": Exact(pattern) if pattern else None,
            "Targets": targets,
            **{key: rule.get(key) for key in ("Description", "ScheduleExpression", "State", "RoleArn")},
        }

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        bus = _bus(properties)
        path = "" if bus == "default" else f"{bus}/"
        return self.arn(context, f"rule/{path}{_name(physical_id)}")

    def _exists(self, context: Context, name: str, bus: str) -> bool:
        try:
            self.call(context, "describe_rule", {"Name": name, "EventBusName": bus})
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return False
        return True

    def _targets(self, context: Context, rule: dict[str, str], before: Properties, after: Properties) -> None:
        targets = listed(after.get("Targets"))
        kept = {target["Id"] for target in targets}
        dropped = [item["Id"] for item in listed(before.get("Targets")) if item["Id"] not in kept]
        if dropped:
            self.call(context, "remove_targets", rule, Ids=dropped)
        if targets:
            self.call(context, "put_targets", rule, Targets=targets)

    def _made(self, name: str, bus: str, arn: str) -> Made:
        physical_id = name if bus == "default" else f"{bus}|{name}"
        return Made(physical_id=physical_id, attributes={"Arn": arn, "RuleName": name})


class EventBusPolicy(Events):
    """AWS::Events::EventBusPolicy: one statement of a bus's policy; Ref is `bus|statement`."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        bus, statement = _bus(properties), properties["StatementId"]
        request: dict[str, Any] = {**properties, "EventBusName": bus}
        if properties.get("Statement"):
            body = {"Sid": statement, **properties["Statement"]}
            request = {"EventBusName": bus, "Policy": {"Version": "2012-10-17", "Statement": [body]}}
        self.call(context, "put_permission", request)
        return Made(physical_id=f"{bus}|{statement}")

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.delete(context, physical_id, before)
        return self.create(context, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        request = {"EventBusName": _bus(properties), "StatementId": properties["StatementId"]}
        self.call(context, "remove_permission", request)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        # EventBridge adds to the statement's text, so the text is not compared.
        bus = self.call(context, "describe_event_bus", {"Name": _bus(properties)})
        if f'"{properties["StatementId"]}"' not in (bus.get("Policy") or ""):
            return None
        return {"StatementId": properties["StatementId"]}


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName") or "default").rsplit("/", 1)[-1]


def _name(physical_id: str) -> str:
    return physical_id.rsplit("|", 1)[-1]
