from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from publisher.errors import InputError, Refused
from publisher.launch.fleet import RolloutPlan, restore_guidance
from publisher.launch.rollout import Waves
from publisher.stopping import Stop
from tests.conftest import raising
from tests.launch.account import Account
from tests.launch.fleet import CRITICAL_WITH_TEAM, FAILING_WITH_TEAM, REQUIRING, TAKEN, Fleet
from tests.reliability.wire import Killed, Wire, stretched


@pytest.fixture
def fleet(account: Account) -> Fleet:
    return Fleet(account)


def states(plan: RolloutPlan) -> dict[str, str]:
    return {it.name: it.state for it in plan.moves}


def test_a_killed_rollout_is_finished_by_the_next_and_updates_nothing_twice(
    fleet: Fleet,
) -> None:
    """The process is gone after a writing or reading call of AWS: `make fleet` kills real ones."""
    fleet.launches(20)
    fleet.version("1.1.0")
    for call in (9, 20, 40):
        with stretched(Wire(stop=call)), pytest.raises(Killed):
            fleet.roll_out(fleet.plan("1.1.0"), Waves(size=5))
    rollout = fleet.roll_out(fleet.plan("1.1.0"), Waves(size=5))
    assert (rollout.ended, set(states(rollout.plan).values())) == ("", {"updated"})
    assert {it.provisioned.version for it in fleet.found().launches} == {"1.1.0"}
    assert fleet.updates() == Counter({f"app-{number:02}": 1 for number in range(20)})


def test_two_runs_at_once_update_once(fleet: Fleet) -> None:
    fleet.launches(3)
    fleet.version("1.1.0")
    plans = [fleet.plan("1.1.0") for _ in range(2)]
    assert [fleet.roll_out(plan).ended for plan in plans] == ["", ""]
    assert set(fleet.updates().values()) == {1}


def test_the_impact_is_that_of_each_launch(fleet: Fleet) -> None:
    fleet.launch("plain")
    fleet.launch("teamed", Team="red")
    fleet.version("1.1.0", CRITICAL_WITH_TEAM)
    plain, teamed = fleet.plan("1.1.0").moves
    assert (teamed.state, teamed.level) == ("to update", "critical")
    assert (plain.state, plain.reason) == (
        "kept",
        "version 1.1.0 changes nothing in it, and AWS fails an update without changes",
    )


def test_a_failure_ends_the_rollout_after_its_wave(fleet: Fleet) -> None:
    fleet.launch("app-a")
    fleet.launch("app-b", Team="red")
    fleet.launch("app-c")
    fleet.launch("app-d")
    fleet.account.client("ssm").put_parameter(Name=TAKEN, Value="x", Type="String")
    fleet.version("1.1.0", FAILING_WITH_TEAM)
    rollout = fleet.roll_out(fleet.plan("1.1.0"), Waves(canary=1, size=2))
    assert states(rollout.plan) == {
        "app-a": "updated",
        "app-b": "failed",
        "app-c": "updated",
        "app-d": "to update",
    }
    assert rollout.ended == "1 failed, and at most 0 may"
    (failed,) = rollout.plan.of("failed")
    assert "already exists" in failed.reason, failed.reason
    assert failed.reason.endswith("rolled back to 1.0.0")
    # A later run knows what failed, and tries it again only when asked to.
    again = fleet.plan("1.1.0")
    assert states(again) == states(rollout.plan)
    fleet.account.client("ssm").delete_parameter(Name=TAKEN)
    retried = fleet.roll_out(fleet.plan("1.1.0", retry=True))
    assert set(states(retried.plan).values()) == {"updated"}
    assert fleet.updates() == Counter({"app-a": 1, "app-b": 2, "app-c": 1, "app-d": 1})


def test_a_rollback_that_failed_is_told(fleet: Fleet) -> None:
    fleet.launch("app-a", Team="red")
    fleet.account.client("ssm").put_parameter(Name=TAKEN, Value="x", Type="String")
    fleet.version("1.1.0", FAILING_WITH_TEAM)
    plan = fleet.plan("1.1.0")
    fleet.account.answer(
        "cloudformation", "DescribeStacks", {"Stacks": [{"StackStatus": "UPDATE_ROLLBACK_FAILED"}]}
    )
    (failed,) = fleet.roll_out(plan).plan.of("failed")
    assert failed.reason.endswith("not rolled back: its stack is UPDATE_ROLLBACK_FAILED")


def test_failures_may_be_allowed(fleet: Fleet) -> None:
    fleet.launch("app-a", Team="red")
    fleet.launch("app-b")
    fleet.account.client("ssm").put_parameter(Name=TAKEN, Value="x", Type="String")
    fleet.version("1.1.0", FAILING_WITH_TEAM)
    rollout = fleet.roll_out(fleet.plan("1.1.0"), Waves(failures=1))
    assert (rollout.ended, states(rollout.plan)) == ("", {"app-a": "failed", "app-b": "updated"})


def test_nothing_is_started_after_the_time(fleet: Fleet) -> None:
    fleet.launches(2)
    fleet.version("1.1.0")
    late = fleet.account.clock.date() - timedelta(minutes=1)
    rollout = fleet.roll_out(fleet.plan("1.1.0"), Waves(until=late))
    assert rollout.ended == f"the time of --stop-at, {late:%H:%M}, has come"
    assert set(states(rollout.plan).values()) == {"to update"}
    assert not fleet.updates()


def test_a_stop_starts_no_more(fleet: Fleet) -> None:
    fleet.launches(2)
    fleet.version("1.1.0")
    stop = Stop()
    stop.requested = True
    assert fleet.roll_out(fleet.plan("1.1.0"), stop=stop).ended == "interrupted"
    assert not fleet.updates()


def test_what_stays_as_it_is_has_a_reason(fleet: Fleet) -> None:
    fleet.launch("app-a")
    fleet.version("1.1.0", REQUIRING)
    (move,) = fleet.plan("1.1.0").moves
    assert (move.state, move.reason) == ("kept", "version 1.1.0 requires Owner")


def test_a_version_that_no_product_has(fleet: Fleet) -> None:
    fleet.launch("app-a")
    with raising(InputError, "version '9.0.0' not found in any of the products", "active versions: 1.0.0"):
        fleet.plan("9.0.0")


def test_moving_back_restores_the_guidance_of_both_versions(fleet: Fleet) -> None:
    second = fleet.version("1.1.0")
    fleet.launch("app-a", version="1.1.0")
    ids = {it.name: it.id for it in fleet.found().products[fleet.product].versions}
    for version in ids.values():
        fleet.account.catalog.update_provisioning_artifact(
            ProductId=fleet.product, ProvisioningArtifactId=version, Guidance="DEPRECATED"
        )
    plan = fleet.plan("1.0.0")
    assert {version.name for _, version in plan.restored} == {"1.0.0", "1.1.0"}
    assert second in ids.values()
    restore_guidance(fleet.account.aws, plan)
    assert set(states(fleet.roll_out(plan).plan).values()) == {"updated"}


def test_who_may_not_restore_guidance_is_told_who_may(fleet: Fleet) -> None:
    fleet.launch("app-a")
    second = fleet.version("1.1.0")
    fleet.account.catalog.update_provisioning_artifact(
        ProductId=fleet.product, ProvisioningArtifactId=second, Guidance="DEPRECATED"
    )
    plan = fleet.plan("1.1.0")
    fleet.account.deny("servicecatalog", "UpdateProvisioningArtifact")
    with raising(
        Refused,
        "version 1.1.0 of app-small is deprecated, and your role may not restore its guidance",
        "ask who publishes the product to run publisher rollback app-small --to 1.1.0 first",
    ):
        restore_guidance(fleet.account.aws, plan)


def test_what_somebody_changed_since_the_plan_stays(fleet: Fleet) -> None:
    """A wave may begin hours after the plan: a newer version must not be taken back, nor a value."""
    fleet.launches(3)
    second = fleet.version("1.1.0")
    third = fleet.version("1.2.0")
    plan = fleet.plan("1.1.0")
    catalog = fleet.account.aws.client("servicecatalog")
    ids = {it.provisioned.name: it.provisioned.id for it in fleet.found().launches}
    for name, version in (("app-00", third), ("app-01", second)):
        catalog.update_provisioned_product(
            ProvisionedProductId=ids[name],
            ProvisioningArtifactId=version,
            ProvisioningParameters=[{"Key": "Name", "UsePreviousValue": True}],
        )
    rollout = fleet.roll_out(plan)
    assert states(rollout.plan) == {"app-00": "kept", "app-01": "updated", "app-02": "updated"}
    (kept,) = rollout.plan.of("kept")
    assert kept.reason == "somebody has changed it since the update was prepared"
    assert {it.provisioned.name: it.provisioned.version for it in fleet.found().launches} == {
        "app-00": "1.2.0", "app-01": "1.1.0", "app-02": "1.1.0"
    }  # fmt: skip
    assert fleet.updates() == Counter({"app-00": 1, "app-01": 1, "app-02": 1})


def test_all_pages_of_launches_are_in_one_order(fleet: Fleet) -> None:
    """Unsorted pages of SearchProvisionedProducts may have some launches twice and others not at all."""
    fleet.launches(1)
    sent: list[object] = []
    fleet.account.aws.client("servicecatalog").meta.events.register(
        "provide-client-params.servicecatalog.SearchProvisionedProducts",
        lambda params, **_: sent.append(params.get("SortBy")),
    )
    assert [it.provisioned.name for it in fleet.found().launches] == ["app-00"]
    assert sent == ["createdTime"]


def test_stacks_are_read_one_by_one_where_they_cannot_be_listed(fleet: Fleet) -> None:
    """AWSServiceCatalogEndUserFullAccess allows DescribeStacks of stack/SC-* alone."""
    fleet.launches(2)

    def denied(params: dict[str, str], **_: object) -> None:
        if "StackName" not in params:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not all"}}, "DescribeStacks")

    fleet.account.aws.client("cloudformation").meta.events.register(
        "provide-client-params.cloudformation.DescribeStacks", denied
    )
    found = fleet.found()
    assert found.stacks == "read"
    assert [it.stack and it.stack.parameters["Name"] for it in found.launches] == ["app-00", "app-01"]
