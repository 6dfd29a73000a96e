"""What moto answers by itself where AWS refuses or says something else; for `settings.strict = False`.

Tests that were written for moto's own few calls rely on it: products without a version, described by anybody;
shares that nobody accepts, with organizations that are not there; unknown ids that are no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalog_emulator.servicecatalog.backend import ServiceCatalogBackend
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.products import product_view_detail, product_view_summary
from catalog_emulator.servicecatalog.state import tag_list
from catalog_emulator.servicecatalog.values import Answer, Share

Backend = ServiceCatalogBackend


def _create_portfolio_share(backend: Backend, **request: Any) -> Answer:
    node = request.get("organization_node")
    if request["portfolio_id"] not in backend.portfolios:
        return {}
    if node is None:
        return backend.create_portfolio_share(**request)
    tag_options = request.get("share_tag_options", False)
    principals = request.get("share_principals", False)
    share = Share(
        kind=node["Type"],
        recipient=node["Value"],
        tag_options=tag_options,
        principals=principals,
        ready_at=0,
    )
    backend.shares.setdefault(request["portfolio_id"], []).append(share)
    suffix = ("-tags" if tag_options else "") + ("-principals" if principals else "")
    return {"PortfolioShareToken": _token(request) + suffix}


def _delete_portfolio_share(backend: Backend, **request: Any) -> Answer:
    node = request.get("organization_node")
    recipient = request.get("account_id") if node is None else node["Value"]
    shares = backend.shares.get(request["portfolio_id"], [])
    shares[:] = [share for share in shares if share.recipient != recipient]
    return {} if node is None else {"PortfolioShareToken": _token(request)}


def _describe_portfolio_shares(backend: Backend, **request: Any) -> Answer:
    if request["portfolio_id"] not in backend.portfolios:
        return {"PortfolioShareDetails": []}
    answer = backend.describe_portfolio_shares(**request)
    return answer | {
        "PortfolioShareDetails": [share | {"Accepted": True} for share in answer["PortfolioShareDetails"]]
    }


def _list_portfolio_access(backend: Backend, **request: Any) -> Answer:
    if request["portfolio_id"] not in backend.portfolios:
        return {"AccountIds": []}
    return backend.list_portfolio_access(**request)


def _list_portfolios(backend: Backend, **_: Any) -> Answer:
    return backend.list_portfolios(page_size=len(backend.portfolios))


def _describe_portfolio(backend: Backend, *, id: str) -> Answer:
    if id not in backend.portfolios:
        return {"PortfolioDetail": {}, "Tags": [], "TagOptions": [], "Budgets": []}
    return backend.describe_portfolio(id=id)


def _delete_portfolio(backend: Backend, *, id: str) -> None:
    backend.shares.pop(id, None)
    if id in backend.portfolios:
        backend.delete_portfolio(id=id)


def _create_product(backend: Backend, **request: Any) -> Answer:
    parameters = request.pop("provisioning_artifact_parameters", None)
    request.pop("source_connection", None)
    if parameters is not None:
        try:
            return backend.create_product(**request, provisioning_artifact_parameters=parameters)
        except InvalidParametersException:
            pass  # moto reads no templates
    product = backend.new_product(**request)
    return {
        "ProductViewDetail": {**product_view_detail(product), "Status": "AVAILABLE"},
        "Tags": tag_list(product.tags),
    }


def _describe_product(
    backend: Backend, *, caller: Any, id: str | None = None, name: str | None = None
) -> Answer:
    if not id and not name:
        raise InvalidParametersException("Either Id or Name must be specified.")
    products = backend.products.values()
    found = next((one for one in products if (one.id == id if id else one.name == name)), None)
    if found is None:
        what = f"Id '{id}'" if id else f"Name '{name}'"
        raise ResourceNotFoundException(f"Product with {what} not found.")
    if found.id in {one.id for one in backend.visible_products(caller)}:
        return backend.describe_product(caller=caller, id=found.id)
    return {"ProductViewSummary": {**product_view_summary(found), "Id": found.id}}


def _delete_product(backend: Backend, *, id: str) -> None:
    if id in backend.products:
        backend.delete_product(id=id)


def _token(request: Mapping[str, Any]) -> str:
    node = request["organization_node"]
    return f"share-{request['portfolio_id']}-{node['Type']}-{node['Value']}"


METHODS: Mapping[str, Callable[..., Answer | None]] = {
    "create_portfolio_share": _create_portfolio_share,
    "create_product": _create_product,
    "delete_portfolio": _delete_portfolio,
    "delete_portfolio_share": _delete_portfolio_share,
    "delete_product": _delete_product,
    "describe_portfolio": _describe_portfolio,
    "describe_portfolio_shares": _describe_portfolio_shares,
    "describe_product": _describe_product,
    "list_portfolio_access": _list_portfolio_access,
    "list_portfolios": _list_portfolios,
}
