"""Objects of S3 by their address: at Amazon's hosts and at this machine's, path style and virtual host.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from werkzeug.exceptions import HTTPException

_SERVICE_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*?\.(?:amazonaws\.com(?:\.cn)?|localhost)"
)
_LOCAL_HOST = re.compile(r"(?P<bucket>.+)\.localhost|localhost|[\d.]+")
# The largest template in S3, in bytes, and with it everything else that is read by its address:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where an object is; a version of None is the newest."""

    bucket: str
    key: str
    version: str | None = None


def location(url: str) -> Location | None:
    """The object that an https URL (s3 for `s3://bucket/key`) names; http is for this machine's own hosts."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    path = unquote(parts.path).lstrip("/")
    found = _SERVICE_HOST.fullmatch(host) or _LOCAL_HOST.fullmatch(host)
    if parts.scheme == "s3":
        bucket, key = parts.netloc, path
    elif found is None or parts.scheme not in ("https", "http" if "amazonaws" not in host else ""):
        return None
    elif found["bucket"]:
        bucket, key = found["bucket"], path
    else:
        bucket, _, key = path.partition("/")
    version = parse_qs(parts.query).get("versionId", [None])[0]
    return Location(bucket=bucket, key=key, version=version) if bucket and key else None


def content(place: Location) -> bytes:
    """The object's bytes; raises LookupError in S3's words, ValueError when it is larger than a template."""
    owner = s3_backends.bucket_accounts.get(place.bucket)
    if owner is None:
        raise LookupError("The specified bucket does not exist")
    try:
        found = s3_backends[owner[1]][owner[0]].get_object(place.bucket, place.key, place.version)
    except (ServiceException, HTTPException):
        found = None
    if found is None:
        raise LookupError("The specified key does not exist.")
    body: bytes = found.value
    if len(body) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return body
