"""Has rules look at a launch: in parallel, with reads only, as the caller and else as the operations role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, get_args

from publisher.errors import AwsError, InputError, Refused, counted, did_you_mean, quoted
from publisher.launch.checks import (
    blueprint,
    connection,
    inputs,
    launch_role,
    network,
    quotas,
    sagemaker_project,
    trail,
)
from publisher.launch.checks.rule import READ, Arguments, Flaw, LaunchRule, NotCheckedError, Subject
from publisher.launch.checks.selecting import LAUNCH_NAME, PATH, PRODUCT, VALUES, VERSION
from publisher.stopping import Pool

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

# What selects a launch's product, version and path, in this order; preflight.py asks them.
SELECTING = (LAUNCH_NAME, PRODUCT, VERSION, PATH, VALUES)
RULES: tuple[LaunchRule, ...] = (
    launch_role.missing,
    launch_role.derived_lacks,
    launch_role.other_lacks,
    sagemaker_project.visible,
    sagemaker_project.permitted,
    blueprint.only_blueprint,
    inputs.stored,
    inputs.named,
    inputs.parameter,
    inputs.source_bucket,
    inputs.alerts_address,
    connection.usable,
    connection.tagged,
    network.vpc,
    network.subnets,
    network.group_admits,
    network.range_covers,
    network.names_taken,
    network.routes_taken,
    quotas.within_quotas,
    trail.trail,
)
FORM_RULES: Mapping[str, LaunchRule] = dict(sorted((it.name, it) for it in RULES if it.name))
ALL_RULES = (*SELECTING, *RULES)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
_GONE = frozenset(
    {"InvalidGroup.NotFound", "InvalidSubnetID.NotFound", "InvalidVpcID.NotFound", "ParameterNotFound"}
)
# What a reader looks for first.
Status = Literal["error", "warning", "note", "not checked", "skipped", "ok"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a rule found, once for each flaw; `status` is the rule's severity then."""

    rule: LaunchRule
    status: Status
    message: str = ""
    hint: str = ""
    refusal: Refused | None = None

    def document(self) -> dict[str, str]:
        """The JSON shape."""
        return {
            "id": self.rule.id,
            "title": self.rule.title,
            "severity": self.rule.severity,
            "source": self.rule.source_url,
            "status": self.status,
            "message": self.message,
            "hint": self.hint,
        }


def examine(
    subject: Subject,
    *,
    skip: Collection[str] = (),
    operations: Callable[[], Aws | None] = lambda: None,
) -> Examination:
    """The outcomes of all rules that apply, in their order. Only reads. Raises InputError, AwsError."""
    check_skipped(skip)
    asked: list[tuple[LaunchRule, Arguments]] = []
    for rule in (it for it in RULES if it.applies(subject)):
        named = [it.arguments for it in subject.request.checks if it.rule == rule.name] if rule.name else [{}]
        asked += [(rule, arguments) for arguments in named if all(arguments.values())]
    identities = _Identities(subject, operations)
    with Pool() as pool:
        found = list(pool.map(lambda one: _outcomes(one[0], one[1], skip, identities), asked))
    request = subject.request
    return Examination(
        name=request.name,
        path=request.path,
        product=request.product,
        version=subject.version,
        outcomes=[outcome for outcomes in found for outcome in outcomes],
        subject=identities.caller,
    )


def check_skipped(skip: Collection[str]) -> None:
    """Raises InputError for what is no rule, and for rules whose errors refuse a launch."""
    rules = {it.id: it for it in ALL_RULES}
    for id_ in skip:
        if id_ not in rules:
            skippable = [it.id for it in ALL_RULES if it.severity == "warning"]
            hint = did_you_mean(id_, skippable, what="warnings are")
            raise InputError(f"--skip {quoted(id_)} is not a check before a launch", hint=hint)
        if rules[id_].severity == "error":
            raise InputError(
                f"--skip {id_}: its errors cannot be skipped: {rules[id_].title}",
                hint="fix what it finds; only warnings can be skipped",
            )


class _Identities:
    """The subject as the caller sees it, then as the operations role does, which is assumed when needed."""

    def __init__(self, subject: Subject, operations: Callable[[], Aws | None]) -> None:
        self._operations, self._lock = operations, Lock()
        self._assumed: list[Aws | None] = []
        read: dict[str, Mapping[str, str | None]] = {}
        self.caller = replace(subject, read=read)
        for what, find in READ.items():
            found = self._first(find)
            if found is not None:
                read[what] = found

    def _first(self, find: Callable[[Subject], Mapping[str, str | None]]) -> Mapping[str, str | None] | None:
        from publisher.aws.calls import DENIED, aws_errors, or_none

        for subject in self:
            with aws_errors(f"{subject.request.name}: cannot be checked"):
                found = or_none(partial(find, subject), *DENIED)
            if found is not None:
                return found
        return None

    def __iter__(self) -> Iterator[Subject]:
        # Each time a new one: the names of a template are not for several threads.
        yield replace(self.caller)
        with self._lock:
            if not self._assumed:
                self._assumed.append(self._operations())
        if aws := self._assumed[0]:
            yield replace(self.caller, aws=aws)


def _outcomes(
    rule: LaunchRule, arguments: Arguments, skip: Collection[str], identities: _Identities
) -> list[Outcome]:
    if rule.id in skip:
        return [Outcome(rule=rule, status="skipped")]
    flaws: list[Flaw] = []
    unknown: _Unknown | None = None
    for subject in identities:
        flaws, unknown = _found(rule, arguments, subject)
        if not (unknown and unknown.denied):
            break
    outcomes = [
        Outcome(rule=rule, status=rule.severity, message=it.message, hint=it.hint, refusal=it.refusal)
        for it in flaws
    ]
    if unknown:
        outcomes.append(Outcome(rule=rule, status="not checked", message=unknown.reason))
    return outcomes or [Outcome(rule=rule, status="ok")]


@dataclass(frozen=True, kw_only=True)
class _Unknown:
    """Why a rule could not look at all that it has to."""

    reason: str
    denied: bool = False


def _found(rule: LaunchRule, arguments: Arguments, subject: Subject) -> tuple[list[Flaw], _Unknown | None]:
    from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied

    flaws: list[Flaw] = []
    with aws_errors(f"{subject.request.name}: check {rule.id} failed"):
        try:
            flaws.extend(rule.find(subject, arguments))
        except NotCheckedError as error:
            return flaws, _Unknown(reason=str(error))
        except (ClientError, AwsError) as error:
            if is_denied(error):
                arn = subject.aws.identity[1]
                who = [*arn.split("/"), arn][1]
                return flaws, _Unknown(reason=f"{who} is not allowed {_operation(error)}", denied=True)
            if isinstance(error, AwsError) or error_code(error) not in _GONE:
                raise
            flaws.append(Flaw(message=f"{' '.join(arguments.values())} not found"))
        except ValueError as error:
            flaws.append(Flaw(message=f"invalid argument: {error}"))
    return flaws, None


def _operation(error: Exception) -> str:
    """The operation that AWS refused."""
    return str(getattr(error.__cause__ or error, "operation_name", error))


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A launch and all that was looked at; `subject` is None where nothing could be selected."""

    name: str
    path: str
    product: str
    version: str
    outcomes: Sequence[Outcome]
    subject: Subject | None = field(default=None, repr=False, compare=False)

    def document(self) -> dict[str, Any]:
        """The JSON shape."""
        return {
            "name": self.name,
            "product": self.product,
            "version": self.version,
            "checks": [it.document() for it in self.outcomes],
        }

    @property
    def ranked(self) -> list[Outcome]:
        """The outcomes, the worst first."""
        return sorted(self.outcomes, key=lambda it: get_args(Status).index(it.status))

    def lines(self) -> Iterator[str]:
        """What is worth knowing though it does not refuse the launch."""
        for it in self.outcomes:
            if it.status in ("warning", "note"):
                hint = f"; {it.hint}" if it.hint else ""
                yield f"{self.name}: {it.status}: {it.rule.id} {it.message}{hint}"
        reasons: dict[str, list[str]] = {}
        for it in self.outcomes:
            if it.status == "not checked":
                reasons.setdefault(it.message, []).append(it.rule.id)
        for reason, ids in reasons.items():
            yield f"{self.name}: {', '.join(ids)} not checked: {reason}"

    def require(self, report: Callable[[str], None]) -> None:
        """Reports what is worth knowing. Raises Refused for a launch that is refused."""
        for line in self.lines():
            report(line)
        if refusal := self.refusal():
            raise refusal

    def refusal(self) -> Refused | None:
        """The error of a launch that is refused, with all that refuses it."""
        errors = [it for it in self.outcomes if it.status == "error"]
        if not errors:
            return None
        if len(errors) == 1 and errors[0].refusal:
            return errors[0].refusal
        hints = list(dict.fromkeys(it.hint for it in errors if it.hint))
        return Refused(
            f"{self.name}: {'; '.join(f'{it.rule.id} {it.message}' for it in errors)}",
            hint="; ".join(hints) or f"create what {self.path} names, or correct it",
        )


def counts(outcomes: Iterable[Outcome]) -> str:
    """`12 checks: 10 ok, 1 warning, 1 not checked`."""
    found: dict[str, set[str]] = {}
    for it in outcomes:
        found.setdefault(it.status, set()).add(it.rule.id)
    total = counted(len({id_ for ids in found.values() for id_ in ids}), "check")
    return f"{total}: " + ", ".join(f"{len(ids)} {status}" for status, ids in sorted(found.items()))
