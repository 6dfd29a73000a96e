"""Objects in parts, and put by presigned requests."""

import os
from pathlib import Path
from urllib.request import Request, urlopen

import boto3

s3 = boto3.client("s3")
s3.create_bucket(Bucket="compat-objects", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
Path("large").write_bytes(os.urandom(20_000_000))
s3.upload_file("large", "compat-objects", "large")
s3.download_file("compat-objects", "large", "copy")
assert Path("copy").read_bytes() == Path("large").read_bytes()
s3.copy({"Bucket": "compat-objects", "Key": "large"}, "compat-objects", "second")
assert [one["Size"] for one in s3.list_objects_v2(Bucket="compat-objects")["Contents"]] == [20_000_000] * 2

url = s3.generate_presigned_url("put_object", Params={"Bucket": "compat-objects", "Key": "put"})
# What urllib and curl say of a body when nobody tells them its type.
form = {"Content-Type": "application/x-www-form-urlencoded"}
urlopen(Request(url, data=b"a=b&c", method="PUT", headers=form))
assert s3.get_object(Bucket="compat-objects", Key="put")["Body"].read() == b"a=b&c"
