"""State files of unknown origin: nothing in them is run, and one line says what is wrong."""

import json
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from werkzeug.wrappers import Request

from catalog_emulator import install
from catalog_emulator.errors import InvalidInputError
from catalog_emulator.faults import Faults
from catalog_emulator.server import account_state
from catalog_emulator.server.pages import pages
from tests.conftest import cases

URL = "http://127.0.0.1:4001"


@pytest.fixture
def account() -> Iterator[None]:
    install()
    with mock_aws():
        yield


def state(nodes: list[Any], **changes: Any) -> str:
    """A state whose topics are the first node."""
    document = {
        "format": "catalog-emulator-state",
        "moto": version("moto"),
        "service-catalog-emulator": version("service-catalog-emulator"),
        "base_url": URL,
        "held": [[["sns", "111111111111", "us-west-2"], {"topics": [0]}]],
        "nodes": nodes,
    }
    return json.dumps({**document, **changes})


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InvalidInputError) as raised:
        account_state.load(path, URL)
    start = f"{path} is not a valid state file: "
    assert raised.value.message.startswith(start)
    assert "\n" not in raised.value.message
    return raised.value.message.removeprefix(start)


OBJECT = ["dict", [["a", [1]]]]


def second(*node: Any) -> str:
    """A state whose one topic is this node."""
    return state([OBJECT, list(node)])


@cases(
    ("text", "expected"),
    {
        "empty": ("", "Expecting value"),
        "a pickle": ("\x80\x04cos\nsystem\n", "Expecting value"),
        "other JSON": ("[]", "'format' is not 'catalog-emulator-state'"),
        "another moto": (state([], moto="4.0"), "saved with moto 4.0, but"),
        "another emulator": (
            state([], **{"service-catalog-emulator": "0.0.1"}),
            f"service-catalog-emulator 0.0.1, but {version('service-catalog-emulator')} is installed",
        ),
        "an older class": (
            second("object", "catalog_emulator.servicecatalog.values:Portfolio", {}),
            "Portfolio has no '",
        ),
        "deep JSON": ("[" * 100_000, ""),
        "a reference to nothing": (state([]), "node 0 not found"),
        "contains itself": (state([["tuple", [[0]]]]), "node 0 contains itself"),
        "os": (second("object", "os:system", {}), "class 'os:system' is not allowed"),
        "builtins": (second("object", "builtins:eval", {}), "class 'builtins:eval' is not allowed"),
        "a process": (second("object", "subprocess:Popen", {}), "class 'subprocess:Popen' is not allowed"),
        "by way of moto": (
            second("object", "moto.awslambda.models:subprocess.Popen", {}),
            "class 'moto.awslambda.models:subprocess.Popen' is not allowed",
        ),
        "a function": (
            second("object", "moto.core.utils:load_resource", {}),
            "class 'moto.core.utils:load_resource' is not allowed",
        ),
        "the server": (
            second("object", "moto.moto_server.utilities:AWSTestHelper", {}),
            "class 'moto.moto_server.utilities:AWSTestHelper' is not allowed",
        ),
        "a recorder": (
            second("object", "moto.moto_api._internal.recorder.models:Recorder", {}),
            "class 'moto.moto_api._internal.recorder.models:Recorder' is not allowed",
        ),
        "what serves requests": (
            second("object", "moto.core.responses:BaseResponse", {}),
            "class 'moto.core.responses:BaseResponse' is not allowed",
        ),
        "a backend": (
            second("object", "moto.sns.models:SNSBackend", {}),
            "class 'moto.sns.models:SNSBackend' is not allowed",
        ),
        "a part of a backend": (
            second("object", "moto.ec2.models.tags:TagBackend", {}),
            "class 'moto.ec2.models.tags:TagBackend' is not allowed",
        ),
        "a client of another server": (
            second("object", "moto.core.models:ServerModeMockAWS", {}),
            "class 'moto.core.models:ServerModeMockAWS' is not allowed",
        ),
        "what runs containers": (
            second("object", "moto.awslambda.models:_DockerDataVolumeContext", {}),
            "class 'moto.awslambda.models:_DockerDataVolumeContext' is not allowed",
        ),
        "an object with something more": (
            second("object", "moto.sns.models:Topic", {}, 0),
            "unknown kind of value 'object'",
        ),
        "an expression": (second("pattern", "(a+)+$", 0), "unknown kind of value 'pattern'"),
        "a number that takes hours": (
            second("text", "Decimal", "1e999999999"),
            "'1e999999999' is not a number of at most 400 digits",
        ),
        "no number": (second("x").replace('"x"', "NaN"), "NaN is not a number"),
        "half a character": (state([["dict", [["\ud800", 1]]]]), "surrogates not allowed"),
        "a base URL elsewhere": (state([OBJECT], base_url="e"), "'base_url' is 'e'"),
        "an access key with lines": (
            second("object", "moto.iam.models:AccessKey", {"access_key_id": "x\ncredential_process = id"}),
            "'x\\ncredential_process = id' is not the id of an access key",
        ),
        "an access key with another key": (
            second("object", "moto.sts.models:AssumedRole", {"access_key_id": [0]}),
            "",
        ),
        "a missing module of this package": (
            second("object", "catalog_emulator.nowhere:Topic", {}),
            "class 'catalog_emulator.nowhere:Topic' is not allowed",
        ),
        "another shape": (
            second("mapping", "moto.sns.models:Topic", {}, "", []),
            "Topic is not of the shape 'mapping'",
        ),
        "an unknown kind": (second("reduce", "os:system", ["true"]), "unknown kind of value 'reduce'"),
        "any method": (second("method", [0], "__reduce__"), "unknown kind of value 'method'"),
        "an unknown service": (
            state([OBJECT], held=[[["os", "1", "us-west-2"], {}]]),
            "moto has no service 'os'",
        ),
        "an unknown part": (
            state([OBJECT], held=[[["cloudformation", "1", "us-west-2", "scheduler._clients"], {}]]),
            "cloudformation has no part 'scheduler._clients'",
        ),
        "no place": (state([OBJECT], held=[[["s3", "1"], {}]]), "['s3', '1'] is not a place"),
        "a date": (second("text", "datetime", "soon"), "Invalid isoformat"),
        "a list as a key": (state([["dict", [[[1], 1]]], ["list", []]]), "unhashable"),
        "an object": (state([["dict", [["a", {"b": 1}]]]]), "a value is neither plain"),
    },
)
def test_refused(account: None, tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path / "state.json", text)


@cases(
    ("make", "expected"),
    {
        "a folder": (Path.mkdir, "{path} is not a regular file"),
        "a pipe": (os.mkfifo, "{path} is not a regular file"),
        "a device": (lambda path: path.symlink_to("/dev/zero"), "{path} is not a regular file"),
        "not UTF-8": (
            lambda path: path.write_bytes(b"\xff"),
            "{path} is not a valid state file: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte",
        ),
        "a terabyte": (
            lambda path: path.open("wb").truncate(1 << 40),
            "{path} is longer than 1073741824 bytes",
        ),
    },
)
def test_files_that_hold_no_state(
    account: None, tmp_path: Path, make: Callable[[Path], object], expected: str
) -> None:
    path = tmp_path / "state.json"
    make(path)
    with pytest.raises(InvalidInputError) as raised:
        account_state.load(path, URL)
    assert raised.value.message == expected.format(path=path)


def test_mail_of_a_file_is_text(account: None, tmp_path: Path) -> None:
    mail = {"to": 5, "subject": True, "body": [2], "link": [2], "received": [3]}
    nodes = [
        ["list", [[1]]],
        ["object", "catalog_emulator.sns.mailbox:Mail", mail],
        ["dict", [["a", 1]]],
        ["text", "datetime", "2026-01-01T00:00:00"],
    ]
    held = [[["sns", "111111111111", "us-west-2"], {"mails": [0]}]]
    (tmp_path / "state.json").write_text(state(nodes, held=held))
    account_state.load(tmp_path / "state.json", URL)
    page = pages(Faults(), str, lambda _: None, "")["/_emulator/mail"]
    (found,) = page(Request({})).get_json()["mails"]
    assert found == {
        "to": "5",
        "subject": "True",
        "body": "{'a': 1}",
        "link": "{'a': 1}",
        "received": "2026-01-01T00:00:00",
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
_KINDS = ["list", "dict", "tuple", "set", "object", "mapping", "items", "enum", "text", "file", "place"]
_NAMES = ["moto.sns.models:Topic", "datetime", "os:system", "sns", "dict"]
_NODE = st.tuples(st.sampled_from(_KINDS), st.sampled_from(_NAMES) | _JSON, _JSON).map(list)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_NODE | _JSON, max_size=4), _JSON)
def test_anything_is_loaded_or_refused(account: None, tmp_path: Path, nodes: list[Any], held: Any) -> None:
    file = tmp_path / "state.json"
    file.write_text(state(nodes) if held is None else state(nodes, held=held))
    try:
        account_state.load(file, URL)
    except InvalidInputError as error:
        assert "\n" not in error.message
