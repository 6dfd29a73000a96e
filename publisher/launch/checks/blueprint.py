"""A rule: the account of a launch has no other account blueprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.errors import command
from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, NotCheckedError, Subject


@LaunchRule.of(
    "L111",
    "controltower/latest/userguide/af-customization-page.html",
    applies=lambda it: it.request.blueprints and not it.stack,
)
def only_blueprint(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """An account has one blueprint (its Region is searched)."""
    from publisher.aws.calls import pages
    from publisher.launch.provisioned import provisioned_of, widest

    request = subject.request
    search = subject.aws.client("servicecatalog").search_provisioned_products

    def launches(level: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return list(pages(search, "ProvisionedProducts", AccessLevelFilter=level, SortBy="createdTime"))

    found = widest(launches)
    if found is None:
        raise NotCheckedError("your role may not list launches")
    for it in (provisioned_of(one, one) for one in found):
        if {it.product, it.product_name} & request.blueprints:
            yield Flaw(
                message=f"account {request.account_id} has a blueprint already: {it.name}, {it}",
                hint=f"update it, or run {command('terminate', it.name, '--force')} first",
            )
