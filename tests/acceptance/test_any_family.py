"""A family that publisher has never seen, by its form; a product without a form, by a generic config."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import DECLARATIONS, Local, Ran, Run, write_files

PORTFOLIO = """display_name: Tools
provider_name: Tool Team
regions: [us-west-2]
principals:
  - {principal_arn: "arn:{partition}:iam:::role/ml-team-*", principal_type: IAM_PATTERN}
products:
  - product: store-*
    constraints: [{type: LAUNCH}, {type: RESOURCE_UPDATE, tag_update_on_provisioned_product: ALLOWED}]
  - product: topic
    constraints: [{type: LAUNCH}]
"""
FAMILY = """family: store
version: "1.0.0"
display_name: "Store {template}"
owner: Tool Team
template: templates
"""
SMALL = """Parameters:
  Team: {Type: String, AllowedPattern: "[a-z]+"}
  Days: {Type: Number, Default: 7, MinValue: 1, MaxValue: 30}
  Mail: {Type: String, Default: ""}
Resources:
  Files: {Type: AWS::S3::Bucket}
  Where:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/stores/${Team}-files/Bucket", Type: String, Value: !Ref Files}
Outputs:
  Files: {Value: !Ref Files}
"""
WATCHED = """Parameters:
  Team: {Type: String, AllowedPattern: "[a-z]+"}
  Mail: {Type: String}
  Zones: {Type: CommaDelimitedList, Default: a}
Resources:
  Files: {Type: AWS::S3::Bucket}
  Trouble: {Type: AWS::SNS::Topic}
  Watcher:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Trouble, Protocol: email, Endpoint: !Ref Mail}
Outputs:
  Files: {Value: !Ref Files}
  Trouble: {Value: !Ref Trouble}
  Watcher: {Value: !Ref Watcher}
"""
FORM = """schema:
  type: object
  required: [store]
  properties:
    store:
      type: object
      description: What to store, and for whom.
      required: [team, account, region]
      properties:
        team: {type: string, pattern: "[a-z]+", words: lowercase letters, maxLength: 10}
        account: {type: string, format: account-id}
        region: {type: string, format: region}
        watcher: {type: string, format: email}
account_id: store.account
region: store.region
name: "{{ store.team }}-files"
name_fields: [store.team]
names: [{text: "{{ name }}-trouble", longest: 256, of: a topic}]
file_name: "{{ store.team }}{{ '-watched' if store.watcher else '' }}.yaml"
axes: {template: "{{ 'watched' if store.watcher else 'small' }}"}
parameters:
- set: {Team: "{{ store.team }}"}
- for: {template: [watched]}
  set: {Mail: "{{ store.watcher }}"}
ssm: ["/stores/{name}"]
outputs:
  alerts: {subscription: Watcher, topic: Trouble, email: store.watcher}
  empties: [Files]
"""
TOPIC = """Parameters:
  Label: {Type: String, AllowedValues: [red, green]}
  Fifo: {Type: String, Default: "false", AllowedValues: ["true", "false"]}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Label}}
Outputs:
  Topic: {Value: !Ref Topic}
"""
FILES = {
    "portfolio/tools.yaml": PORTFOLIO,
    "products/store/product.yaml": FAMILY,
    "products/store/launch.yaml": FORM,
    "products/store/templates/small.yaml": SMALL,
    "products/store/templates/watched.yaml": WATCHED,
    "products/topic/product.yaml": FAMILY.replace("store", "topic").replace(
        'display_name: "Store {template}"', "display_name: Topic"
    ).replace("templates", "topic.yaml"),
    "products/topic/topic.yaml": TOPIC,
    "configs/red.yaml": 'store: {team: red, account: "111111111111", region: us-west-2}\n'
    "parameters: {Days: 14, Mail: x}\ntags: {team: red}\n",
    "configs/blue-watched.yaml": 'store: {team: blue, account: "111111111111", region: us-west-2, '
    "watcher: blue@example.com}\nparameters: {Zones: [a, b]}\n",
    "configs/my-topic.yaml": 'product: topic\nname: my-topic\naccount_id: "111111111111"\nregion: us-west-2\n'
    "parameters: {Label: red, Fifo: false}\ntags: {team: red}\n",
}  # fmt: skip

Publisher = Callable[..., Ran]


@pytest.fixture
def publisher(local: Local, run: Run) -> Publisher:
    for name in DECLARATIONS:
        shutil.rmtree(local.project / name)
    write_files(local.project, FILES)
    for words in (("validate",), ("bootstrap", "--yes"), ("sync", "--yes")):
        ran = run("-C", local.project, "--local", *words)
        assert ran.code == 0, ran.out + ran.err
    return lambda *words: run("-C", local.project, "--local", *words)


def parameters_of(local: Local, stack: str) -> dict[str, str]:
    (found,) = local.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {it["ParameterKey"]: it["ParameterValue"] for it in found["Parameters"]}


def launched(publisher: Publisher, path: str) -> Any:
    ran = publisher("--json", "launch", path)
    assert ran.code == 0, ran.out + ran.err
    return ran.document


def test_by_form(local: Local, publisher: Publisher) -> None:
    red = launched(publisher, "configs/red.yaml")
    assert (red["name"], red["product"], red["alerts"]["state"]) == ("red-files", "store-small", "none")
    assert red["ssm"] == {"/stores/red-files/Bucket": red["outputs"]["Files"]}
    assert parameters_of(local, red["stack"]) == {"Team": "red", "Days": "14", "Mail": "x"}
    # The form sets Mail for the other product only.
    blue = launched(publisher, "configs/blue-watched.yaml")
    assert (blue["name"], blue["product"], blue["ssm"]) == ("blue-files", "store-watched", {})
    assert blue["alerts"] == {"endpoint": "blue@example.com", "state": "pending"}
    assert parameters_of(local, blue["stack"]) == {"Team": "blue", "Mail": "blue@example.com", "Zones": "a,b"}
    # By name, the product's family says what its outputs mean.
    assert publisher("--json", "outputs", "blue-files").document == blue
    for subject in ("configs/blue-watched.yaml", "blue-files"):
        assert publisher("--json", "alerts", subject, "--resend").document["alerts"] == blue["alerts"]
    ran = publisher("alerts", "configs/red.yaml", "--resend")
    assert (ran.code, ran.err.splitlines()[1]) == (3, "hint: set store.watcher, if the product has alerts")


def test_a_generic_config_of_a_family_with_a_form(local: Local, publisher: Publisher) -> None:
    text = FILES["configs/my-topic.yaml"].replace("product: topic", "product: store-watched")
    text = text.replace("Label: red, Fifo: false", "Team: red, Mail: red@example.com")
    write_files(local.project, {"configs/my-topic.yaml": text})
    made = launched(publisher, "configs/my-topic.yaml")
    assert made["alerts"] == {"endpoint": "red@example.com", "state": "pending"}
    for subject in ("configs/my-topic.yaml", "my-topic"):
        assert publisher("--json", "outputs", subject).document == made


def test_terminate_by_form(local: Local, publisher: Publisher) -> None:
    outputs = launched(publisher, "configs/red.yaml")["outputs"]
    local.client("s3").put_object(Bucket=outputs["Files"], Key="a", Body=b"1")
    ran = publisher("terminate", "red-files", "--force")
    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        f"error: red-files: not empty: bucket {outputs['Files']}: 1 object version (a)",
    )
    assert publisher("terminate", "configs/red.yaml", "--force", "--empty").code == 0


def test_without_a_form(local: Local, publisher: Publisher) -> None:
    made = launched(publisher, "configs/my-topic.yaml")
    assert {key: made[key] for key in ("name", "product", "config", "status", "ssm", "alerts")} == {
        "name": "my-topic",
        "product": "topic",
        "config": "my-topic",
        "status": "AVAILABLE",
        "ssm": {},
        "alerts": {"endpoint": "", "state": "none"},
    }
    assert parameters_of(local, made["stack"]) == {"Label": "red", "Fifo": "false"}
    assert publisher("--json", "outputs", "my-topic").document == made
    ran = publisher("launch", "configs/my-topic.yaml")
    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        "error: my-topic: already launched from this config: topic 1.0.0, AVAILABLE",
    )
    assert publisher("alerts", "configs/my-topic.yaml", "--wait").code == 3
    assert publisher("terminate", "my-topic", "--force").code == 0


def test_a_generic_config_against_the_published_version(local: Local, publisher: Publisher) -> None:
    text = FILES["configs/my-topic.yaml"].replace("Label: red", "Labels: red, Fifo: maybe")
    write_files(local.project, {"configs/my-topic.yaml": text.replace(", Fifo: false", "")})
    ran = publisher("launch", "configs/my-topic.yaml")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "error: configs/my-topic.yaml: version 1.0.0 has no parameter Labels "
        "(the config sets 'red'; did you mean Label?); parameter Fifo of version 1.0.0 "
        "must be one of true, false, not 'maybe'; "
        "version 1.0.0 requires the parameter Label, which the config does not set",
    )
