"""What CloudFormation reads as the launch role: parameters, dynamic references; and which keys are used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.permissions.iam_reference import resource_kinds
from publisher.permissions.names import Names, place, references
from publisher.permissions.need import Need, Refusal, of_facts
from publisher.permissions.passed_roles import properties
from publisher.permissions.scope import Scope
from publisher.permissions.values import ACCOUNT, UNKNOWN, covering, covers, is_named

_KEY_PROPERTY = re.compile(r"(?i).*kms.*key.*|(?:encryption)?key(?:id|arn)|encryptionkey")
_AWS_MANAGED_KEY = re.compile(r"(?:.*:)?alias/aws/.*")
_PATTERN = re.compile(r"[*?$]")
_READABLE = frozenset({"AWS::SecretsManager::Secret", "AWS::SSM::Parameter"})
_PUBLIC = "aws/service/"
SSM = "AWS::SSM::Parameter::"
# Pseudo parameters have colons, too.
_SECRET_ARN = re.compile(r"arn:.*?:secret:(?:\$\{[^}]*\}|[^:])*")


def of_parameters(names: Names) -> tuple[list[Need], list[Refusal]]:
    """Reads of SSM parameters, and checks that what is chosen exists."""
    needs: list[Need] = []
    refusals: list[Refusal] = []
    scope, facts = names.scope, names.knowledge.facts
    declared = names.template.get("Parameters")
    for name, parameter in declared.items() if isinstance(declared, Mapping) else ():
        if not isinstance(parameter, Mapping):
            continue
        kind = str(parameter.get("Type", "String"))
        what = f"parameter {name} has type {kind}"
        inner = kind
        if kind.startswith(SSM):
            inner = kind.removeprefix(f"{SSM}Value<").removesuffix(">")
            listed = list(ssm_names(str(name), parameter, scope))
            arns = parameter_arns(listed, scope.region)
            patterns = {one for one in listed if _PATTERN.search(one)} - {*scope.ssm_parameters}
            if not arns or patterns or not all(map(is_named, arns)):
                refusals.append(
                    Refusal(
                        subject=f"{name} ({kind})",
                        message="it can name every SSM parameter",
                        hint="list the names that it may read as ssm_parameters in product.yaml",
                    )
                )
            needs += of_facts(facts.ssm_parameters, scope, what=what, on=arns)
        inner = inner.removeprefix("List<").removesuffix(">")
        if inner in facts.parameter_types:
            needs += of_facts([facts.parameter_types[inner]], scope, what=what)
    return needs, refusals


def ssm_names(name: str, parameter: Mapping[str, Any], scope: Scope) -> Iterator[str]:
    """The names, and globs of names, that a parameter of an SSM type can hold."""
    if name in scope.parameters:
        yield scope.parameters[name]
        return
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list):
        yield from map(str, allowed)
        return
    if not scope.parameters:
        yield from scope.ssm_parameters
    if parameter.get("Default"):
        yield str(parameter["Default"])


def parameter_arns(names: list[str], region: str) -> tuple[str, ...]:
    """The ARNs of SSM parameters by name; those of AWS belong to no account."""
    form = resource_kinds("ssm")["parameter"][0].replace("${ParameterNameWithoutLeadingSlash}", "")
    shorts = [name.lstrip("/") for name in names if name]
    return covering(
        f"{place(form, region, '' if short.startswith(_PUBLIC) else ACCOUNT)}{short}" for short in shorts
    )


def of_dynamic_references(names: Names) -> tuple[list[Need], list[Refusal]]:
    """Reads of the values that `{{resolve:…}}` names, and those that can be of any name."""
    needs: list[Need] = []
    refusals: list[Refusal] = []
    region = names.scope.region
    own = [arn for it in names.resources if names.type_of(it) in _READABLE for arn in names.arns(it)]
    for service, key in sorted(set(_dynamic_references(names))):
        fact = names.knowledge.facts.dynamic_references.get(service)
        if fact:
            reference = f"{{{{resolve:{service}:{key}}}}}"
            secret = service == "secretsmanager"
            arns = secret_arns(key, region) if secret else parameter_arns([key.partition(":")[0]], region)
            if not all(is_named(arn) or any(covers(one, arn) for one in own) for arn in arns):
                refusals.append(
                    Refusal(
                        subject=reference,
                        message=f"it can name every {'secret' if secret else 'SSM parameter'}",
                        hint="begin its name with fixed text, or limit the parameter with AllowedValues",
                    )
                )
            needs += of_facts([fact], names.scope, what=f"dynamic reference {reference}", on=arns)
    return needs, refusals


def _dynamic_references(names: Names) -> Iterator[tuple[str, str]]:
    """(service, what is behind it) of every dynamic reference."""
    for section in ("Resources", "Outputs", "Mappings", "Parameters"):
        for value in _expressions(names.template.get(section)):
            for text in names.values.raw_texts(value):
                yield from re.findall(r"\{\{resolve:([a-z-]+):([^}]*(?:\$\{AWS::\w+\}[^}]*)*)\}\}", text)


def _expressions(value: Any) -> Iterator[Any]:
    """The texts of a template, and the functions that make texts with a dynamic reference."""
    if isinstance(value, str):
        if "{{resolve:" in value:
            yield value
    elif isinstance(value, (dict, Mapping)):
        if len(value) == 1 and next(iter(value)) in {"Fn::Sub", "Fn::Join"}:
            yield value
            return
        for inner in value.values():
            yield from _expressions(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _expressions(inner)


def secret_arns(key: str, region: str) -> tuple[str, ...]:
    """The ARNs of a secret by `name:SecretString:…` or by its ARN; names have six characters behind them."""
    if found := _SECRET_ARN.match(key):
        return (found[0], f"{found[0]}-??????")
    arn = place(resource_kinds("secretsmanager")["secret"][0].replace("${SecretId}", ""), region)
    return (f"{arn}{key.partition(':')[0]}-??????",)


def of_functions(names: Names) -> Iterator[Need]:
    """What functions ask the account."""
    functions = names.knowledge.facts.functions
    for name in sorted(functions.keys() & names.keys):
        yield from of_facts([functions[name]], names.scope, what=name)


def of_keys(names: Names) -> Iterator[Need]:
    """Uses of the customer keys that resources are given."""
    for logical_id, path, value in properties(names, _KEY_PROPERTY):
        type_name = names.type_of(logical_id)
        arns = _key_arns(names, value)
        if arns and not type_name.startswith("AWS::KMS::"):
            what = f"{logical_id} ({type_name}) uses a key as {path}"
            yield from of_facts(names.knowledge.facts.keys, names.scope, what=what, on=arns)


def _key_arns(names: Names, value: Any) -> tuple[str, ...]:
    """The customer keys that a property can name: the IDs of own ones are unknown, others are anyone's."""
    match value:
        case {"Id": key} | {"Arn": key}:
            return _key_arns(names, key)
        case bool() | int():
            return ()
    form = resource_kinds("kms")["key"][0].replace("${KeyId}", UNKNOWN)
    own = {name for name in references(value) if name in names.resources}
    if own and all(names.type_of(name) == "AWS::KMS::Key" for name in own) and "Fn::If" not in value:
        return (place(form, names.scope.region),)
    texts = [text for text in names.values.texts(value) if text and not _AWS_MANAGED_KEY.fullmatch(text)]
    other = place(form, names.scope.region, UNKNOWN)
    return covering(text if ":key/" in text else other for text in texts)
