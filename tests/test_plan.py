from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.changes import Change, Create, Delete, Update, change_document, differences, subject
from publisher.errors import InputError, Problem, Refused, Where
from publisher.model import (
    Catalog,
    Launch,
    PortfolioShare,
    Principal,
    Resource,
    Retention,
    StackSetConstraint,
    Stranger,
    TagOption,
    TagOptionAssociation,
)
from publisher.plan import Plan, plan
from publisher.pruning import Surplus
from tests.samples import (
    association,
    digest,
    launch,
    ml,
    pattern,
    product,
    template,
    version,
    whole,
)

LINE = Where(path="products/studio/product.yaml", line=3, column=10)
TARGET = "111111111111/us-west-2"


def planned(desired: Sequence[Resource], observed: Sequence[Resource], *, prune: bool = False) -> Plan:
    return plan(
        Catalog.of(desired),
        Catalog.of(observed),
        target=TARGET,
        version_lines={"studio": LINE, "notebook": LINE},
        prune=prune,
    )


studio = product("studio")
STACK_SET = StackSetConstraint(
    portfolio="ml",
    product="studio",
    account_list=("111111111111",),
    region_list=("us-west-2",),
    admin_role="a",
    execution_role="e",
)
seen = replace(version(), digest=version().short_digest)
unfinished = replace(ml, unfinished=True)
somebody = Principal(portfolio="ml", principal_arn="arn:aws:iam::1:role/x", principal_type="IAM")


@pytest.mark.parametrize(
    ("desired", "observed", "changes"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([ml], [], [Create(ml)], id="new portfolio"),
        pytest.param([ml], [ml], [], id="equal"),
        pytest.param(
            [pattern, launch(), template(), association(), version(), studio, ml],
            [],
            [
                Create(ml),
                Create(studio),
                Create(version()),
                Create(association()),
                Create(launch()),
                Create(template()),
                Create(pattern),
            ],
            id="all new, parents first, those who may launch last",
        ),
        pytest.param(
            [product("b"), version("b"), product("a"), version("a")],
            [],
            [Create(product("a")), Create(version("a")), Create(product("b")), Create(version("b"))],
            id="a product and its version together, products by name",
        ),
        pytest.param(
            [replace(ml, description="Some.")],
            [ml],
            [Update(ml, replace(ml, description="Some."))],
            id="changed portfolio",
        ),
        pytest.param(
            [ml, pattern],
            [unfinished],
            [Create(pattern), Update(unfinished, ml)],
            id="finish a new portfolio",
        ),
        pytest.param(
            [ml, pattern], [ml], [Create(pattern, needs="principal-pattern")], id="a pattern widens access"
        ),
        pytest.param([ml, somebody], [ml], [Create(somebody)], id="one more role does not"),
        pytest.param(
            [ml, launch(role="b")],
            [ml, launch(role="a")],
            [Update(launch(role="a"), launch(role="b"), needs="launch-role")],
            id="another launch role, in place",
        ),
        pytest.param(
            [ml, launch(role="b")],
            [unfinished, launch(role="a")],
            [Update(launch(role="a"), launch(role="b")), Update(unfinished, ml)],
            id="another launch role in a portfolio that is still new",
        ),
        pytest.param(
            [ml, replace(STACK_SET, admin_role="b")],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, admin_role="b"), needs="launch-role")],
            id="another role of a stack set",
        ),
        pytest.param(
            [ml, replace(STACK_SET, account_list=("111111111111", "222222222222"))],
            [ml, STACK_SET],
            [
                Update(
                    STACK_SET,
                    replace(STACK_SET, account_list=("111111111111", "222222222222")),
                    needs="launch-role",
                )
            ],
            id="one more account of a stack set",
        ),
        pytest.param(
            [ml, replace(STACK_SET, region_list=("us-west-2", "eu-west-1"))],
            [ml, STACK_SET],
            [
                Update(
                    STACK_SET, replace(STACK_SET, region_list=("us-west-2", "eu-west-1")), needs="launch-role"
                )
            ],
            id="one more Region of a stack set",
        ),
        pytest.param(
            [ml, replace(STACK_SET, stack_instance_control="ALLOWED")],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, stack_instance_control="ALLOWED"), needs="launch-role")],
            id="control of a stack set",
        ),
        pytest.param(
            [ml, replace(STACK_SET, account_list=())],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, account_list=()), needs=None)],
            id="one account less of a stack set",
        ),
        pytest.param(
            [ml, STACK_SET],
            [ml, launch()],
            [Update(launch(), STACK_SET, needs="launch-role")],
            id="a stack set in place of a launch role",
        ),
        pytest.param(
            [ml, replace(launch(), description="Why.")],
            [ml, launch()],
            [Update(launch(), replace(launch(), description="Why."))],
            id="another description widens nothing",
        ),
        pytest.param(
            [ml, launch()],
            [ml, replace(launch(), status="FAILED")],
            [Update(replace(launch(), status="FAILED"), launch())],
            id="a constraint that failed is tried again",
        ),
        pytest.param(
            [ml, template(rules="{}")],
            [ml, template()],
            [Update(template(), template(rules="{}"))],
            id="other rules, in place",
        ),
    ],
)
def test_plan(desired: list[Resource], observed: list[Resource], changes: list[Change]) -> None:
    assert list(planned(desired, observed).changes) == changes


@pytest.mark.parametrize(
    ("desired", "published", "changes"),
    [
        pytest.param(version(), [seen], [], id="published"),
        pytest.param(version(number="1.1.0"), [seen], [], id="same content keeps the version it has"),
        pytest.param(
            version(number="1.1.0", letter="b"),
            [seen],
            [Create(version(number="1.1.0", letter="b"))],
            id="other content",
        ),
        pytest.param(
            version(number="1.10.0", letter="c"),
            [seen, version(number="1.9.0", letter="b")],
            [Create(version(number="1.10.0", letter="c"))],
            id="ten is more than nine",
        ),
        pytest.param(
            version(number="1.2.0"),
            [seen, version(number="1.1.0", letter="b")],
            [Create(version(number="1.2.0"))],
            id="back to older content, as a new version",
        ),
        pytest.param(
            version(),
            [seen, version(number="1.1.0", letter="b", active=False)],
            [],
            id="back to older content, after the newer was taken out of use",
        ),
        pytest.param(
            version(),
            [replace(seen, active=False)],
            [Update(replace(seen, active=False), seen)],
            id="inactive",
        ),
        pytest.param(
            version(),
            [replace(seen, guidance="DEPRECATED")],
            [Update(replace(seen, guidance="DEPRECATED"), seen)],
            id="deprecated",
        ),
        pytest.param(
            version(),
            [replace(seen, description="by hand")],
            [],
            id="the text of a published version stays",
        ),
        pytest.param(
            version(),
            [replace(version(number="draft"), digest="")],
            [Create(version())],
            id="somebody else's version",
        ),
    ],
)
def test_versions(desired: Resource, published: list[Resource], changes: list[Change]) -> None:
    assert list(planned([studio, desired], [studio, *published]).changes) == changes


@pytest.mark.parametrize(
    ("desired", "published", "rule", "message"),
    [
        pytest.param(
            version(letter="b"),
            [seen],
            "P601",
            "version '1.0.0' is already published with other content: studio",
            id="other content",
        ),
        pytest.param(
            version(letter="b"),
            [replace(seen, active=False)],
            "P601",
            "version '1.0.0' is already published with other content: studio",
            id="inactive, with other content",
        ),
        pytest.param(
            version(letter="b"),
            [replace(seen, digest="")],
            "P601",
            "version '1.0.0' is already published with other content: studio",
            id="published by somebody else",
        ),
        pytest.param(
            version(number="0.9.0", letter="b"),
            [seen],
            "P602",
            "version '0.9.0' goes back behind the published '1.0.0': studio",
            id="backwards",
        ),
        pytest.param(
            version(number="1.0.0-rc.1", letter="b"),
            [seen],
            "P602",
            "version '1.0.0-rc.1' goes back behind the published '1.0.0': studio",
            id="a release candidate after the release",
        ),
        pytest.param(
            version(number="0.9.0"),
            [version(number="0.9.0"), version(letter="b")],
            "P602",
            "version '0.9.0' goes back behind the published '1.0.0': studio",
            id="an older state of the files",
        ),
    ],
)
def test_versions_that_clash(desired: Resource, published: list[Resource], rule: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        planned([studio, desired], [studio, *published])
    assert raised.value.problems == (
        Problem(
            rule=rule,
            where=LINE,
            message=message,
            hint="a published version never changes; raise version above 1.0.0",
        ),
    )


def test_products_that_clash_at_one_line_are_one_problem() -> None:
    names = ["studio", "notebook"]
    products: list[Resource] = [product(name) for name in names]
    desired = products + [version(name, letter="b") for name in names]
    observed = products + [version(name) for name in names]
    with pytest.raises(InputError) as raised:
        planned(desired, observed)
    assert [problem.message for problem in raised.value.problems] == [
        "version '1.0.0' is already published with other content: notebook and 1 more"
    ]


def test_a_clash_without_a_known_line_names_the_file() -> None:
    with pytest.raises(InputError) as raised:
        plan(
            Catalog.of([studio, version(letter="b")]),
            Catalog.of([studio, version()]),
            target=TARGET,
        )
    assert raised.value.problems[0].where == Where(path="products/studio/product.yaml")


def test_a_product_without_a_version() -> None:
    with pytest.raises(InputError, match="product 'studio' has no version"):
        planned([studio], [])


def test_what_the_files_do_not_name_is_left_alone() -> None:
    other = product("other")
    observed: list[Resource] = [
        ml,
        studio,
        seen,
        other,
        version("other"),
        association("other"),
        launch("other"),
        somebody,
    ]
    result = planned([ml, studio, version()], observed)
    assert result.changes == ()
    assert result.left_alone == (Surplus(resource=somebody), Surplus(resource=other))


def test_prune_deletes_in_reverse_order() -> None:
    observed: list[Resource] = [ml, studio, seen, association(), launch(), template(), pattern]
    result = planned([], observed, prune=True)
    assert result.changes == (
        Delete(pattern),
        Delete(launch()),
        Delete(template()),
        Delete(association()),
        Delete(studio),
        Delete(ml),
    )
    assert result.left_alone == ()


churn = Launch(name="churn", product="studio", version="1.0.0")


def test_prune_of_what_is_used_is_refused() -> None:
    result = plan(
        Catalog.of([ml]), Catalog.of([ml, studio, seen]), target=TARGET, prune=True, launches=[churn]
    )
    assert result.changes == (Delete(studio, used_by=("churn",)),)
    with pytest.raises(Refused) as raised:
        result.refuse_used()
    assert (raised.value.message, raised.value.hint) == (
        f"{TARGET}: Product studio is used by churn",
        "nothing was written; terminate or move these first, or take back what deletes it: --prune, or "
        "retire in product.yaml",
    )


@pytest.mark.parametrize(
    ("launches", "elsewhere", "used_by"),
    [
        pytest.param([churn], False, ("churn",), id="launched"),
        pytest.param([churn], True, (), id="launched, and in another portfolio"),
        pytest.param([], False, (), id="not launched"),
    ],
)
def test_a_product_that_is_launched_does_not_leave_its_last_portfolio(
    launches: list[Launch], elsewhere: bool, used_by: tuple[str, ...]
) -> None:
    second = replace(ml, name="second")
    there = replace(association(), portfolio="second")
    stays: list[Resource] = [ml, second, studio, version(), *([there] if elsewhere else [])]
    observed = Catalog.of([ml, second, studio, seen, association(), *([there] if elsewhere else [])])
    result = plan(Catalog.of(stays), observed, target=TARGET, prune=True, launches=launches)
    assert result.changes == (Delete(association(), used_by=used_by),)


def test_a_published_product_cannot_lose_its_support_url() -> None:
    """UpdateProduct takes no empty one."""
    with_url = replace(studio, support_url="https://example.com/help")
    with pytest.raises(InputError) as raised:
        planned([ml, studio, version()], [ml, with_url, seen])
    assert [(str(it), it.hint) for it in raised.value.problems] == [
        (
            "products/studio/product.yaml:3:10: P605 the published product 'studio'"
            " cannot lose its support_url",
            "write support_url: https://example.com/help, or another",
        )
    ]
    other = replace(studio, support_url="https://example.com/other")
    assert planned([ml, other, version()], [ml, with_url, seen]).changes == (Update(with_url, other),)


def test_of_several_that_are_used_the_last_is_named() -> None:
    second = replace(studio, name="second")
    result = plan(
        Catalog.of([ml]),
        Catalog.of([ml, studio, seen, association(), second]),
        target=TARGET,
        prune=True,
        launches=[churn, replace(churn, name="fraud", product="second")],
    )
    with pytest.raises(Refused) as raised:
        result.refuse_used()
    assert raised.value.message == f"{TARGET}: Product studio is used by churn, and 1 more"


def test_what_is_shared_may_be_launched_where_nobody_sees_it() -> None:
    share = PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="222222222222")
    there = Catalog.of([*whole("studio"), share, version(number="0.9.0", active=False)])
    kept = Catalog.of(whole("studio"), retention={"studio": Retention(keep=1, deprecated=0)})
    result = plan(kept, there, target=TARGET, prune=True)
    unseen = ("ACCOUNT 222222222222",)
    assert [(subject(it).kind, it.unseen_in) for it in result.changes if isinstance(it, Delete)] == [
        ("PortfolioShare", unseen),
        ("ProvisioningArtifact", unseen),
    ]
    gone = plan(Catalog(), there, target=TARGET, prune=True)
    assert {subject(it).kind for it in gone.changes if isinstance(it, Delete) and it.unseen_in} == {
        "Portfolio",
        "PortfolioShare",
        "Product",
        "ProductAssociation",
    }


def test_prune_of_a_product_with_a_constraint_of_others_is_refused() -> None:
    theirs = Stranger(portfolio="ml", kind="constraint", id="cons-x", name="studio")
    there = Catalog({it.key: it for it in whole("studio")}, strangers=(theirs,))
    with pytest.raises(
        Refused, match="ProductAssociation ml / studio is used by the constraint cons-x of somebody"
    ):
        plan(Catalog(), there, target=TARGET, prune=True).refuse_used()


def test_a_version_that_comes_back_is_not_pruned() -> None:
    """Its content is wanted under a newer name; the retention alone would let it go."""
    inactive = replace(seen, active=False)
    there = Catalog.of([ml, studio, association(), inactive])
    desired = Catalog.of(
        [ml, studio, association(), version(number="1.0.1")],
        retention={"studio": Retention(keep=1, deprecated=0)},
    )
    result = plan(desired, there, target=TARGET, prune=True)
    assert result.changes == (Update(inactive, seen),)


def test_prune_of_a_portfolio_that_holds_what_is_not_ours_is_refused() -> None:
    stranger = Stranger(portfolio="ml", kind="product", id="prod-x")
    dead = Stranger(portfolio="ml", kind="dead principal", id="AROA")
    result = plan(Catalog(), Catalog({ml.key: ml}, strangers=(stranger, dead)), target=TARGET, prune=True)
    assert result.changes == (
        Delete(
            ml,
            used_by=(
                "the product prod-x of somebody else",
                "the principal AROA, whose role or user is gone",
            ),
        ),
    )
    assert result.strangers == (stranger, dead)


@pytest.mark.parametrize(
    ("retention", "launches", "deleted", "kept"),
    [
        pytest.param(Retention(keep=1, deprecated=0), [], ["0.9.0"], [], id="outlived"),
        pytest.param(
            Retention(keep=1, deprecated=0),
            [replace(churn, version="0.9.0")],
            [],
            [("0.9.0", ("churn",))],
            id="in use",
        ),
        pytest.param(Retention(keep=1), [], [], [], id="made inactive by hand"),
        pytest.param(
            Retention(keep=1, deprecated=0, states={"0.9.0": "inactive"}), [], [], [], id="written down"
        ),
    ],
)
def test_prune_of_versions(
    retention: Retention, launches: list[Launch], deleted: list[str], kept: list[tuple[str, tuple[str, ...]]]
) -> None:
    old = version(number="0.9.0", letter="0", active=False)
    desired = Catalog.of([studio, version()], retention={"studio": retention})
    result = plan(desired, Catalog.of([studio, seen, old]), target=TARGET, prune=True, launches=launches)
    assert [(type(it), it.observed.label) for it in result.changes if not isinstance(it, Create)] == [
        (Delete, f"studio {number}") for number in deleted
    ]
    assert [(it.resource.label, it.used_by) for it in result.left_alone] == [
        (f"studio {number}", users) for number, users in kept
    ]


@pytest.mark.parametrize(
    ("option", "associated", "deleted"),
    [
        pytest.param(TagOption(tag_key="a", value="b"), True, 2, id="ours alone"),
        pytest.param(TagOption(tag_key="a", value="b", used_elsewhere=True), True, 1, id="also of others"),
        pytest.param(TagOption(tag_key="a", value="b"), False, 0, id="of nobody"),
    ],
)
def test_prune_of_tag_options(option: TagOption, associated: bool, deleted: int) -> None:
    given = TagOptionAssociation(owner=("portfolio", "ml"), tag_key="a", value="b")
    observed: list[Resource] = [ml, option, *([given] if associated else [])]
    assert len(planned([ml], observed, prune=True).changes) == deleted


@pytest.mark.parametrize(
    ("allowed", "message", "hint"),
    [
        pytest.param(
            [],
            f"{TARGET}: Constraint ml / studio LAUNCH needs --allow launch-role, and 1 more",
            "nothing was written; if it is meant, add --allow launch-role --allow principal-pattern",
            id="nothing",
        ),
        pytest.param(
            ["launch-role"],
            f"{TARGET}: Principal ml / IAM_PATTERN {pattern.principal_arn} needs --allow principal-pattern",
            "nothing was written; if it is meant, add --allow principal-pattern",
            id="one of two",
        ),
    ],
)
def test_widening_is_refused(allowed: list[str], message: str, hint: str) -> None:
    result = planned([ml, launch(role="b"), pattern], [ml, launch(role="a")])
    with pytest.raises(Refused) as raised:
        result.refuse_unallowed(allowed)
    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_widening_that_was_allowed() -> None:
    planned([ml, launch(role="b"), pattern], [ml, launch(role="a")]).refuse_unallowed(
        ["launch-role", "principal-pattern"]
    )


def test_the_document_of_a_change() -> None:
    assert change_document(Update(launch(role="a"), launch(role="b"), needs="launch-role")) == {
        "action": "update",
        "resource": "Constraint",
        "key": ["constraint", "ml", "studio", "LAUNCH"],
        "before": {
            "type": "LAUNCH",
            "portfolio": "ml",
            "product": "studio",
            "local_role_name": "a",
            "role_arn": "",
            "description": "",
            "status": "AVAILABLE",
        },
        "after": {
            "type": "LAUNCH",
            "portfolio": "ml",
            "product": "studio",
            "local_role_name": "b",
            "role_arn": "",
            "description": "",
            "status": "AVAILABLE",
        },
        "needs": "launch-role",
    }


def test_the_document_of_a_plan() -> None:
    stranger = Stranger(portfolio="ml", kind="product", id="prod-x", name="X")
    result = plan(Catalog.of([ml]), Catalog({somebody.key: somebody}, strangers=(stranger,)), target=TARGET)
    assert result.document() == {
        "target": TARGET,
        "digest": result.digest,
        "changes": [
            {
                "action": "create",
                "resource": "Portfolio",
                "key": ["portfolio", "ml"],
                "before": {},
                "after": {
                    "name": "ml",
                    "display_name": "ML",
                    "provider_name": "Platform",
                    "description": "All.",
                    "tags": {"team": "a"},
                    "unfinished": False,
                },
                "needs": None,
            }
        ],
        "left_alone": [{"resource": "Principal", "key": list(somebody.key), "used_by": []}],
        "strangers": [{"portfolio": "ml", "kind": "product", "id": "prod-x", "name": "X"}],
        "unpublished": [],
        "asked": result.asked,
        "found": result.found,
    }


def test_differences() -> None:
    change = Update(ml, replace(ml, display_name="M", tags=()))
    assert list(differences(change)) == [("display_name", "ML", "M"), ("tags", (("team", "a"),), ())]


def test_the_digest_covers_target_and_content() -> None:
    digests = {
        planned([ml], []).digest,
        planned([replace(ml, description="")], []).digest,
        plan(Catalog.of([ml]), Catalog(), target="222222222222/us-west-2").digest,
        planned([studio, version()], []).digest,
        planned([studio, replace(version(), digest=digest("b"))], []).digest,
    }
    assert len(digests) == 5


@given(st.permutations(list(whole("studio", "notebook"))))
def test_the_order_of_resources_does_not_matter(resources: list[Resource]) -> None:
    desired = Catalog.of(resources)
    assert plan(desired, Catalog(), target=TARGET) == plan(
        whole("studio", "notebook"), Catalog(), target=TARGET
    )
    assert plan(desired, desired, target=TARGET).changes == ()


@given(st.sets(st.sampled_from(["a", "b", "c"])), st.sets(st.sampled_from(["a", "b", "c"])))
def test_a_plan_without_prune_deletes_nothing(desired: set[str], observed: set[str]) -> None:
    result = plan(whole(*desired), whole(*observed), target=TARGET)
    assert {it.desired.label for it in result.changes if isinstance(it, Create)} == {
        it.label for it in whole(*(desired - observed)) if it.key not in whole(*observed)
    }
    assert not any(isinstance(change, Delete | Update) for change in result.changes)
    kinds = {it.resource.kind for it in result.left_alone}
    assert not kinds & {"Constraint", "ProductAssociation"}
