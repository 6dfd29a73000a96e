"""What the functions of a template can refer to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from moto.cloudformation.exceptions import ValidationError


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Final = _NoValue()
# The pseudo parameters, and the members of the environment that have their values.
PSEUDO_PARAMETERS: Final[Mapping[str, str]] = {
    "AWS::AccountId": "account_id",
    "AWS::NoValue": "no_value",
    "AWS::NotificationARNs": "notification_arns",
    "AWS::Partition": "partition",
    "AWS::Region": "region",
    "AWS::StackId": "stack_id",
    "AWS::StackName": "stack_name",
    "AWS::URLSuffix": "url_suffix",
}
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


class ResourceValues(Protocol):
    """A resource that functions can refer to."""

    @property
    def physical_id(self) -> str: ...

    def attribute(self, name: str) -> Any:
        """The value of Fn::GetAtt; raises ValidationError when there is no such attribute."""
        ...


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The stack of a template, and the lookups outside it that functions make."""

    no_value: ClassVar = NO_VALUE
    account_id: str
    region: str
    partition: str
    stack_id: str
    stack_name: str
    notification_arns: Sequence[str] = ()
    imported: Callable[[str], str]
    dynamic: Callable[[str, str], str]
    included: Callable[[str], Any]
    zones: Callable[[str], Sequence[str]]
    output: Callable[[str, str, str], str]

    def pseudo_values(self) -> dict[str, Any]:
        return {name: self.pseudo(name) for name in PSEUDO_PARAMETERS if name != "AWS::NoValue"}

    @property
    def url_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def pseudo(self, name: str) -> Any:
        value = getattr(self, PSEUDO_PARAMETERS[name])
        return [*value] if isinstance(value, tuple) else value


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Everything that a value can refer to; conditions have been evaluated before."""

    environment: Environment
    parameters: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)
    resources: Mapping[str, ResourceValues] = field(default_factory=dict)

    def ref(self, name: str) -> Any:
        """A parameter's or pseudo parameter's value, or a resource's physical id."""
        if name in PSEUDO_PARAMETERS:
            return self.environment.pseudo(name)
        if name in self.parameters:
            return self.parameters[name]
        if name in self.resources:
            return self.resources[name].physical_id
        raise unresolved([name])

    def get_att(self, name: str, attribute: str) -> Any:
        if name not in self.resources:
            raise ValidationError(
                message=f"Template error: instance of Fn::GetAtt references undefined resource {name}"
            )
        return self.resources[name].attribute(attribute)

    def condition(self, name: str) -> bool:
        if name not in self.conditions:
            raise ValidationError(message=f"Template format error: Unresolved condition dependency {name}")
        return self.conditions[name]

    def dynamic(self, text: str) -> str:
        """The text with every {{resolve:…}} replaced."""
        if "{{resolve:" not in text:
            return text
        return _DYNAMIC.sub(lambda found: self.environment.dynamic(found[1], found[2]), text)


def unresolved(names: Sequence[str], section: str = "Resources") -> ValidationError:
    """AWS's error for references to names that the template does not have."""
    return ValidationError(
        message=f"Template format error: Unresolved resource dependencies [{', '.join(names)}] "
        f"in the {section} block of the template"
    )


def text_of(value: Any) -> str:
    """A scalar as CloudFormation compares and prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
