"""Clients of botocore, accounts of moto and events of YAML, faster: what each of them builds again is kept.

Each session reads the models of its services again, which takes most of a small test.
What is kept is large, and to look for garbage in it again and again takes a fifth of the tests.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import yaml
from botocore import hooks, httpsession, regions
from botocore.client import ClientCreator
from botocore.hooks import BaseEventHooks, EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from moto.core import models

# How many files are kept.
_FILES = 2000


def install() -> None:
    """For all sessions of this process."""
    gc.freeze()
    files: Any = JSONFileLoader
    load_file = files.load_file
    read = cache(lambda path: load_file(files(), path))
    # botocore's handlers write into the model of S3, which moto must not see.
    copied = cache(lambda path: pickle.dumps(load_file(files(), path)))

    def load(_: Any, path: str) -> Any:
        return pickle.loads(copied(path)) if "/s3/" in path and "service-2" in path else read(path)

    files.load_file = load
    for name in ("list_available_services", "list_api_versions"):
        setattr(Loader, name, _once(getattr(Loader, name)))
    creator: Any = ClientCreator
    creator._create_client_class = _once(creator._create_client_class, key=lambda service, _: service)
    # What handlers write into the model of S3 is the same for all clients.
    creator._load_service_model = _once(creator._load_service_model)
    names: Any = EventAliaser
    names._alias_event_name = _once(names._alias_event_name)
    emitters: Any = BaseEventHooks
    emitters._verify_accept_kwargs = lambda *_: None
    _share_handlers()
    # Each client makes one, and no test speaks TLS.
    vars(httpsession)["create_urllib3_context"] = cache(vars(httpsession)["create_urllib3_context"])
    # Each start of moto makes a thousand.
    vars(models)["CallbackResponse"] = cache(vars(models)["CallbackResponse"])
    _read_yaml_once()
    endpoints: Any = regions
    provider = endpoints.EndpointProvider
    built = _once(lambda _, **given: provider(**given), key=lambda **given: id(given["ruleset_data"]))
    endpoints.EndpointProvider = lambda **given: built(None, **given)


def _share_handlers() -> None:
    """Each client copies all handlers of its session and adds few: only the nodes above these are copied."""
    tries, node_list = vars(hooks)["_PrefixTrie"], vars(hooks)["NodeList"]
    remove = tries.remove_item

    def copied(one: Any) -> Any:
        other = tries()
        other._root = one._root
        return other

    def own(node: dict[str, Any]) -> dict[str, Any]:
        values = node["values"] and node_list(*map(list, node["values"]))
        return {"chunk": node["chunk"], "children": dict(node["children"]), "values": values}

    def append_item(one: Any, key: str, value: Any, section: int = 1) -> None:
        node = one._root = own(one._root)
        for part in key.split("."):
            child = node["children"].get(part, {"chunk": part, "children": {}, "values": None})
            node["children"][part] = node = own(child)
        if node["values"] is None:
            node["values"] = node_list([], [], [])
        node["values"][section].append(value)

    def remove_item(one: Any, key: str, value: Any) -> None:
        one._root = one._recursive_copy(one._root)
        remove(one, key, value)

    tries.__copy__, tries.append_item, tries.remove_item = copied, append_item, remove_item


def _read_yaml_once() -> None:
    """The same files are read by each run of a test. What was not read to its end is read again."""
    parse = yaml.parse
    known: dict[tuple[str, Any], tuple[Any, ...]] = {}

    def recorded(text: str, loader: Any) -> Iterator[Any]:
        events = []
        for event in parse(text, Loader=loader):
            events.append(event)
            yield event
        if len(known) == _FILES:
            known.clear()
        known[text, loader] = tuple(events)

    def parsed(stream: Any, Loader: Any = yaml.Loader) -> Iterator[Any]:
        if not isinstance(stream, str):
            return parse(stream, Loader=Loader)
        found = known.get((stream, Loader))
        return recorded(stream, Loader) if found is None else iter(found)

    vars(yaml)["parse"] = parsed


def _once(
    ask: Callable[..., Any], *, key: Callable[..., Any] = lambda *given, **named: (*given, *named.values())
) -> Callable[..., Any]:
    """A method that answers once for each key of its arguments, whatever the object."""
    known: dict[Any, Any] = {}

    def answer(one: Any, *given: Any, **named: Any) -> Any:
        asked = key(*given, **named)
        if asked not in known:
            known[asked] = ask(one, *given, **named)
        return known[asked]

    return answer
