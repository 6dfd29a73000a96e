"""Sequences of edits over all kinds, stopped and with faults; publishers of old and new files at once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace

import pytest
from catalog_emulator.faults import Faults
from catalog_emulator.faults.inprocess import over_moto

from publisher.model import (
    Catalog,
    Key,
    Product,
    ProvisioningArtifact,
    Resource,
    Retention,
    ServiceActionAssociation,
    StoredContent,
    StoredTemplate,
)
from tests.conftest import WHOLE
from tests.reliability.conftest import Hub
from tests.reliability.samples import everything_changed, one_of_everything, other_roles
from tests.reliability.test_faults import RUNS, with_faults
from tests.reliability.wire import Killed, Wire, stretched
from tests.samples import IN_S3, digest, stored

_EDITS = 4
_STOPS = 60


def _variants() -> dict[Key, list[Resource]]:
    """What each slot can hold."""
    found: defaultdict[Key, list[Resource]] = defaultdict(list)
    for catalog in (one_of_everything(), everything_changed(), other_roles()):
        for it in catalog:
            # One that is published cannot be taken away.
            resource = replace(it, support_url="https://example.com/") if isinstance(it, Product) else it
            if not isinstance(resource, ProvisioningArtifact | StoredTemplate):
                found[resource.key].append(resource)
    return found


def _catalog(chance: random.Random, number: int) -> Catalog:
    """Some of all that there can be, without what would have nothing to be in; versions are `number`.0.0."""
    chosen = {key: chance.choice(some) for key, some in _variants().items() if chance.random() < 0.75}
    retention = {}
    for product in [it for it in chosen.values() if isinstance(it, Product)]:
        version = ProvisioningArtifact(
            product=product.name,
            version=f"{number}.0.0",
            digest=digest(chance.choice("abc")),
            artifact_type=product.product_type,
        )
        chosen |= {it.key: it for it in (version, stored(version))}
        if chance.random() < 0.3:
            retention[product.name] = Retention(keep=1, deprecated=chance.choice([0, 1]))
    while len(left := dict(_held(chosen))) < len(chosen):
        chosen = left
    return Catalog.of(chosen.values(), retention=retention)


def _held(chosen: dict[Key, Resource]) -> Iterable[tuple[Key, Resource]]:
    needed = {key for it in chosen.values() for key in it.requires}
    for key, it in chosen.items():
        requires = it.requires
        if isinstance(it, ServiceActionAssociation):
            requires = (("product", it.product), ("service-action", it.action))
        alone = it.kind in ("TagOption", "ServiceAction") and key not in needed
        if not alone and all(one in chosen for one in requires):
            yield key, it


def without_versions(catalog: Catalog) -> dict[Key, Resource]:
    """What Service Catalog has the same of however often contents have changed; stored objects stay."""
    kinds = (ProvisioningArtifact, ServiceActionAssociation, StoredContent, StoredTemplate, *IN_S3)
    return {key: it for key, it in catalog.resources.items() if not isinstance(it, kinds)}


@pytest.mark.parametrize("faulty", [False, True], ids=["none", "faults"])
@pytest.mark.parametrize("seed", range(40 if WHOLE else 1))
def test_edits_that_are_stopped_converge(account: Hub, seed: int, faulty: bool) -> None:
    """Each edit is stopped somewhere, then published again; nothing of others is touched."""
    there = account.fresh()
    others = there.unmanaged()
    chance = random.Random(seed)
    for number in range(1, _EDITS + 1):
        desired = _catalog(chance, number)
        with over_moto(with_faults(there, seed * _EDITS + number)) if faulty else nullcontext():
            with suppress(Killed), stretched(Wire(stop=chance.randrange(1, _STOPS), writing=True)):
                there.publisher().publish(desired)
            there.publisher().converge(desired, runs=RUNS)
        publisher = there.publisher()
        publisher.publish_until_done(desired)
        assert without_versions(publisher.target.observe()) == without_versions(desired)
        assert (others(), there.lost_templates()) == ([], [])


@pytest.mark.parametrize("seed", [None, 0], ids=["none", "faults"])
def test_publishers_of_old_and_new_files_at_once(account: Hub, seed: int | None) -> None:
    """Whoever is last wins; what they were in each other's way of is done by the next run."""
    alone = account.fresh()
    for desired in (one_of_everything(), everything_changed()):
        alone.publisher().publish_until_done(desired)
    crowd = account.fresh()
    crowd.publisher().converge(one_of_everything())
    both = [one_of_everything(), everything_changed()]
    with over_moto(Faults() if seed is None else with_faults(crowd, seed)), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda desired: crowd.publisher().publish(desired), both * 2))
    crowd.publisher().publish_until_done(everything_changed())
    assert crowd.publisher().target.observe() == alone.publisher().target.observe()
    assert crowd.holds() == alone.holds()


def test_a_version_that_was_removed_twice_comes_back(account: Hub) -> None:
    """Its first two idempotency tokens answer with versions that are gone."""
    account.publisher().publish_until_done(one_of_everything())
    desired = Catalog.of(it for it in everything_changed() if not isinstance(it, ServiceActionAssociation))
    for _ in range(2):
        publisher = account.publisher()
        publisher.converge(desired, prune=False)
        account.catalog.delete_provisioning_artifact(
            ProductId=publisher.ids["product", "studio"],
            ProvisioningArtifactId=publisher.ids["provisioning-artifact", "studio", "1.1.0"],
        )
    account.publisher().converge(desired, prune=False)
