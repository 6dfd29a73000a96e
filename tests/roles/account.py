"""An account in moto where products are launched, updated and terminated as roles with given policies.

Each operation is a list of the permissions that it was checked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError
from catalog_emulator import install, settings
from catalog_emulator.iam.policy import Decision, Policy, Request, compiled, decide
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, REGION
from moto import mock_aws

from publisher.templates.content import Content
from tests.account import Builder
from tests.emulator_tests import load
from tests.example_account import ACCOUNT

BUCKET = f"publisher-{ACCOUNT_ID}-{REGION}"
_catalogs = load("servicecatalog/account")

Statement = Mapping[str, Any]
Operation = Literal["launch", "update", "terminate"]
OPERATIONS: tuple[Operation, ...] = ("launch", "update", "terminate")


@dataclass(frozen=True, kw_only=True)
class Product:
    """What is launched: a template, its changed form, and the parameters of a launch before and after."""

    name: str
    body: str
    changed: str
    parameters: Mapping[str, str]
    others: Mapping[str, str]
    content: Sequence[Content] = ()


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a launch role has: statements by the name of their policy, and the document of its boundary."""

    statements: Sequence[tuple[str, Statement]]
    boundary: Mapping[str, Any] | None = None

    def without(self, number: int) -> Grant:
        """All but one statement."""
        rest = [it for at, it in enumerate(self.statements) if at != number]
        return Grant(statements=rest, boundary=self.boundary)

    def documents(self) -> dict[str, str]:
        """By the policy's name."""
        found: dict[str, list[Statement]] = {}
        for name, statement in self.statements:
            found.setdefault(name, []).append(statement)
        return {name: _document(statements) for name, statements in found.items()}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a launch: the permissions by operation, and the reason of the first that failed."""

    checks: Mapping[Operation, tuple[Request, ...]] = field(default_factory=dict)
    failed: Operation | None = None
    reason: str = ""

    def used(self, operation: Operation) -> frozenset[str]:
        """The actions of an operation, in lowercase."""
        return frozenset(request.action.lower() for request in self.checks.get(operation, ()))

    def allowed_by(self, grant: Grant) -> bool:
        """Whether these statements allow every permission."""
        policies = [compiled(text) for text in grant.documents().values()]
        return not any(_denied(policies, one) for checks in self.checks.values() for one in checks)


def _denied(policies: Sequence[Policy], request: Request) -> bool:
    return decide(policies, request) is not Decision.ALLOWED


def _document(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EVERYTHING = Grant(statements=[("everything", {"Effect": "Allow", "Action": "*", "Resource": "*"})])


class Launches:
    """The account of the example configs, with products in a portfolio, each with its launch role."""

    def __init__(self) -> None:
        self._elsewhere = _catalogs.Elsewhere(ACCOUNT_ID)
        self.admin, self.iam = self._elsewhere.admin, self._elsewhere.iam
        self._s3 = self.client("s3")
        self._build = Builder(self.client, bucket=BUCKET)
        self._build.bucket()
        ACCOUNT.create()
        self._portfolio = self._build.portfolio(principal="")
        self._team = self._elsewhere.launcher(self._portfolio)
        self._checks: list[Request] = []
        self._products: dict[str, str] = {}
        self._policies: dict[str, list[str]] = {}

    def client(self, service: str) -> Any:
        """A client of the administrator."""
        return self._elsewhere.client(service)

    def publish(self, product: Product) -> None:
        """Puts a product with two versions into the portfolio, unless it is there."""
        if product.name in self._products:
            return
        role = f"launch-{product.name}"
        made = self._build.product(product.name, portfolio=self._portfolio, role=role, template=product.body)
        self._build.version(made, "1.0.1", template=product.changed)
        for content in product.content:
            self._s3.put_object(Bucket=BUCKET, Key=content.key, Body=content.body)
        self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_catalogs.SERVICE_TRUST))
        self._products[product.name] = made

    def allow(self, product: str, grant: Grant) -> None:
        """Gives the launch role just these statements."""
        role = f"launch-{product}"
        documents = grant.documents()
        for name in self._policies.get(product, []):
            if name not in documents:
                self.iam.delete_role_policy(RoleName=role, PolicyName=name)
        self._policies[product] = list(documents)
        for name, text in documents.items():
            self.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
        if grant.boundary is not None:
            self._bound(f"{role}-boundary", json.dumps(grant.boundary))

    def _bound(self, name: str, text: str) -> None:
        arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/{name}"
        try:
            self.iam.get_policy(PolicyArn=arn)
        except self.iam.exceptions.NoSuchEntityException:
            self.iam.create_policy(PolicyName=name, PolicyDocument=text)

    def run(
        self,
        product: Product,
        grant: Grant,
        *,
        everything: Grant | None = None,
        clean: bool = True,
        operations: Sequence[Operation] = OPERATIONS,
    ) -> Outcome:
        """Launches, updates to other parameters and to another template, and terminates, as this role.

        After the first failure the rest is removed as this role with `everything`, by default an
        administrator.
        """
        self.publish(product)
        self.allow(product.name, grant)
        checks: dict[Operation, tuple[Request, ...]] = {}
        failed: Operation | None = None
        reason = ""
        for operation, call in self._calls(product):
            if operation not in operations:
                continue
            self._checks = []
            with self._recording(product.name):
                reason = self._result(call)
            checks[operation] = (*checks.get(operation, ()), *self._checks)
            if reason:
                failed = operation
                break
        if failed and clean and self._is_there(product):
            self._clean(product, everything or EVERYTHING)
        return Outcome(checks=checks, failed=failed, reason=reason)

    def _calls(self, product: Product) -> Iterator[tuple[Operation, Any]]:
        named = {"ProvisionedProductName": product.name}
        key = {**named, "ProductId": self._products[product.name]}

        def values(parameters: Mapping[str, str]) -> dict[str, Any]:
            return {"ProvisioningParameters": [{"Key": k, "Value": v} for k, v in parameters.items()]}

        first, second = ({"ProvisioningArtifactName": version} for version in ("1.0.0", "1.0.1"))
        team, before, after = self._team, values(product.parameters), values(product.others)
        yield "launch", lambda: team.provision_product(**key, **first, **before)
        yield "update", lambda: team.update_provisioned_product(**key, **first, **after)
        yield "update", lambda: team.update_provisioned_product(**key, **second, **after)
        yield "terminate", lambda: team.terminate_provisioned_product(**named)

    def update(self, product: Product) -> str:
        """Updates a launch to the changed template; why that failed, empty when it did not."""
        calls = [call for operation, call in self._calls(product) if operation == "update"]
        return self._result(calls[-1])

    def _result(self, call: Callable[[], Any]) -> str:
        """Why an operation failed or was refused, empty when it did not."""
        try:
            made = call()
        except ClientError as error:
            return f"refused: {error.response['Error']['Message']}"
        record = self._team.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]
        errors = "; ".join(error["Description"] for error in record["RecordErrors"])
        return "" if record["Status"] == "SUCCEEDED" else errors or str(record["Status"])

    def _clean(self, product: Product, grant: Grant) -> None:
        self.allow(product.name, grant)
        named = {"ProvisionedProductName": product.name}
        reason = self._result(lambda: self._team.terminate_provisioned_product(**named))
        if reason:
            raise AssertionError(f"{product.name} is still there: {reason}")

    def _is_there(self, product: Product) -> bool:
        found = self.admin.scan_provisioned_products(AccessLevelFilter={"Key": "Account", "Value": "self"})
        return any(it["Name"] == product.name for it in found["ProvisionedProducts"])

    @contextmanager
    def _recording(self, product: str) -> Iterator[None]:
        session = f":assumed-role/launch-{product}/"

        def checked(
            arn: str, action: str, resource: str | None, context: Mapping[str, tuple[str, ...]]
        ) -> None:
            if session in arn:
                self._checks.append(Request(action=action, resource=resource, context=context))

        settings.checked = checked
        try:
            yield
        finally:
            settings.checked = None


@contextmanager
def launches() -> Iterator[Launches]:
    """A new account, in this process."""
    with mock_aws():
        install()
        yield Launches()
