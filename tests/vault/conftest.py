"""The same tests with both kinds of storage: a folder, and S3 over HTTP."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.files.storage import Storage, storages
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def kept_in(request: pytest.FixtureRequest, settings: Any) -> Storage:
    """Where files lie, as they lie there."""
    if request.param == "s3":
        address = request.getfixturevalue("s3")
        access = {"region_name": "eu-central-1", "aws_access_key_id": "probe", "aws_secret_access_key": "probe"}
        bucket = boto3.resource("s3", endpoint_url=address, **access).create_bucket(
            Bucket=f"b{abs(hash(request.node.name))}",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
        options = {
            "bucket_name": bucket.name,
            "endpoint_url": address,
            "region_name": "eu-central-1",
            "access_key": "probe",
            "secret_key": "probe",
            "addressing_style": "path",
            "file_overwrite": False,
        }
        s3_storage = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"files": s3_storage}
    return storages["files"]
