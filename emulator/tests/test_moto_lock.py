from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from catalog_emulator.moto_lock import in_turn, turn
from tests.conftest import cases

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-west-2/{}/aws4_request, Signature=0"


def free() -> bool:
    """Whether another thread could take its turn."""
    with ThreadPoolExecutor(1) as other:
        got = other.submit(turn.acquire, False).result()
        if got:
            # Only the thread that took it can release it.
            other.submit(turn.release).result()
    return got


@cases(
    ("service", "path", "expected"),
    {
        "iam": ("iam", "/", False),
        "s3": ("s3", "/bucket/key", False),
        "a function runs": ("lambda", "/2015-03-31/functions/f/invocations", True),
        "a message is waited for": ("sqs", "/", True),
        "a function answers": ("", "/cloudformation_us-west-2/cfnresponse", True),
    },
)
def test_requests_take_turns_unless_they_wait(service: str, path: str, expected: bool) -> None:
    seen: list[tuple[bool, bytes]] = []

    def application(environ: dict[str, Any], _: Callable[..., Any]) -> Iterable[bytes]:
        seen.append((free(), environ["wsgi.input"].read(3)))
        return [b""]

    environ = {
        "PATH_INFO": path,
        "HTTP_AUTHORIZATION": SIGNED.format(service) if service else "",
        "CONTENT_LENGTH": "3",
        "wsgi.input": BytesIO(b"abcdef"),
    }
    in_turn(application)(environ, lambda *_: None)
    assert seen == [(expected, b"abc")]
    assert free()
