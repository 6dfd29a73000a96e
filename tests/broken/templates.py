"""Templates and starting content, broken where rendering and linting see it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.broken.case import Case, Edit, broken

FAMILY = """family: jinja
version: "1.0.0"
display_name: Jinja
owner: Tool Team
template: main.yaml.j2
content: {start: start}
"""
RESOURCES = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"
ENTRY, SEED, README = (f"products/jinja/{name}" for name in ("main.yaml.j2", "start", "README.md"))
# Written as two characters in the body.
TAB = "\t"
UNLIKED = """Transform: AWS::LanguageExtensions
Metadata:
  cfn-lint: {config: {ignore_checks: [E3012]}}
Parameters:
  Size: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: "111111111111", DisplayName: "arn:aws:s3:::us-west-2"}
"""
ROLE = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: []}}
  Other:
    Type: AWS::IAM::User
    Properties: {PermissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess"}
"""

VENDING = """display_name: Blueprints
provider_name: P
regions: [us-west-2]
blueprint: true
products:
  - product: jinja
    constraints:
      - type: LAUNCH
      - type: TEMPLATE
        name: sizes
        rules: {Sizes: {Assertions: [{Assert: {"Fn::Equals": [{Ref: Size}, small]}}]}}
"""
# What CDK synthesizes of a stack with an asset, for an account and Region that it was told.
SYNTHESIZED = """Parameters:
  BootstrapVersion: {Type: "AWS::SSM::Parameter::Value<String>", Default: /cdk-bootstrap/hnb659fds/version}
  Size: {Type: String, Description: How large., AllowedValues: [small]}
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !ImportValue network-vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-west-2a}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {S3Bucket: !Sub "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", S3Key: function.zip}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: studio, AssumeRolePolicyDocument: {Statement: []}}
  Data: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "data-${AWS::AccountId}"}}
Outputs:
  Vpc: {Description: d, Value: !Ref Subnet, Export: {Name: vpc-id}}
Rules:
  CheckBootstrapVersion:
    Assertions: [{Assert: !Not [!Contains [["1", "2", "3", "4", "5"], !Ref BootstrapVersion]]}]
"""
VENDED: tuple[Edit, ...] = (
    ("portfolio/blueprints.yaml", VENDING),
    ("products/jinja/main.yaml", SYNTHESIZED),
    ("products/jinja/product.yaml", FAMILY.replace(".j2", "").replace("content: {start: start}\n", "")),
)

UNLAUNCHABLE = f"""Parameters:
  Range: {{Type: String, Default: ""}}
Conditions:
  HasRange: !Not [!Equals [!Ref Range, ""]]
Resources:
  Code:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: code
      Code: {{S3: {{Bucket: start, Key: {{{{ content.start.key }}}} }} }}
  Box: {{Type: "AWS::S3::Bucket", Properties: {{BucketName: !Sub "${{AWS::StackName}}-data"}} }}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      AssumeRolePolicyDocument:
        Statement: {{Effect: Allow, Action: sts:AssumeRole, Principal: {{Service: lambda.amazonaws.com}} }}
      ManagedPolicyArns: [!Sub "arn:${{AWS::Partition}}:iam::aws:policy/AWSLambdaFullAccess"]
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: g
      SecurityGroupIngress: !If [HasRange, [{{IpProtocol: -1, CidrIp: !Ref Range}}], !Ref AWS::NoValue]
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: vpc-0a1b2c3d
      VpcEndpointType: Interface
      ServiceName: !Sub "com.amazonaws.${{AWS::Region}}.sts"
      SecurityGroupIds: [!GetAtt Group.GroupId]
      PrivateDnsEnabled: true
Outputs:
{"".join(f"  O{number}: {{Value: {number}, Description: d}}{chr(10)}" for number in range(61))}"""


def rendered(name: str, text: str, *edits: Edit, by: str = "render jinja") -> Case:
    """A family whose template is this text."""
    files = (("products/jinja/product.yaml", FAMILY), (ENTRY, text), (f"{SEED}/README.md", "hello\n"))
    return broken(f"template-{name}", *files, *edits, by=by)


def content(name: str, *edits: Edit) -> Case:
    """A family whose starting content is wrong."""
    files = (
        ("products/jinja/product.yaml", FAMILY),
        (ENTRY, f"Description: {{{{ content.start.key }}}}\n{RESOURCES}"),
    )
    return broken(f"content-{name}", *files, *edits, by="render jinja")


def rubbish(root: Path) -> None:
    (root / SEED).mkdir()
    (root / SEED / ".DS_Store").write_text("x", encoding="utf-8")


def circle(root: Path) -> None:
    (root / SEED).mkdir()
    (root / SEED / "README.md").write_text("hello\n", encoding="utf-8")
    (root / SEED / "again").symlink_to(".")


def pipe(root: Path) -> None:
    circle(root)
    (root / SEED / "again").unlink()
    os.mkfifo(root / SEED / "pipe")


def large(root: Path) -> None:
    circle(root)
    (root / SEED / "again").unlink()
    with (root / SEED / "large").open("wb") as file:
        file.truncate(20 * 1024**2 + 1)


def page_not_utf8(root: Path) -> None:
    (root / README).write_bytes(b"# \xff\n")


def parameters(count: int) -> str:
    listed = "".join(f"  P{n}: {{Type: String}}\n" for n in range(count))
    return f"Parameters:\n{listed}{RESOURCES}"


CASES = (
    rendered("no-jinja", "{% if %}\n" + RESOURCES),
    rendered("undefined", "Description: {{ sise }}\n" + RESOURCES),
    rendered("forbidden", "Description: {{ ''.__class__ }}\n" + RESOURCES),
    rendered("endless", "{% include 'main.yaml.j2' %}\n"),
    rendered("includes-nothing", "{% include 'other.j2' %}\n"),
    rendered("fails", "Description: {{ 1 // 0 }}\n" + RESOURCES),
    rendered("no-yaml", "Resources: [\n"),
    rendered("key-twice", RESOURCES + "  Topic: {Type: AWS::SNS::Topic}\n"),
    rendered("unknown-tag", RESOURCES + "Outputs:\n  A: {Value: !Reff Topic}\n"),
    rendered("value-in-a-text", "Description: a-{{ family }}\n" + RESOURCES),
    rendered("no-value", "Description:\n" + RESOURCES),
    rendered("no-resources", "Description: x\n"),
    rendered("merge-key", "Resources:\n  Topic: {<<: {Type: AWS::SNS::Topic}}\n"),
    content("rubbish", rubbish),
    content("circle", circle),
    content("pipe", pipe),
    content("strange-name", (f"{SEED}/a\\b", "x")),
    content("large", large),
    rendered("unliked", UNLIKED, by="lint jinja"),
    rendered("unlaunchable", UNLAUNCHABLE, (f"{SEED}/tests/__init__.py", ""), by="lint jinja"),
    broken("blueprint", *VENDED, by="lint jinja"),
    broken(
        "blueprint-portfolio",
        *VENDED,
        ("products/jinja/product.yaml", "display_name: Jinja", "retire: delete\ndisplay_name: Jinja v1.0"),
        ("portfolio/blueprints.yaml", "products:", 'shares: [{account_id: "222222222222"}]\nproducts:'),
        by="validate portfolio/blueprints.yaml products/jinja",
    ),
    rendered(
        "underived", "Resources:\n  A: {Type: AWS::No::Type}\n  B: {Type: A::B::C}\n", by="policy jinja"
    ),
    rendered("roles-without-boundary", ROLE, by="validate"),
    rendered(
        "administrator",
        ROLE,
        ("products/jinja/product.yaml", "content:", "permissions_boundary: none\ncontent:"),
        by="validate products/jinja",
    ),
    rendered("too-many-parameters", parameters(201), by="--region us-west-2 plan"),
    broken(
        "template-too-large",
        ("products/plain/main.yaml", f"Metadata: {{x: '{TAB * 600_000}'}}\n{RESOURCES}"),
        by="--region us-west-2 plan",
    ),
    rendered(
        "page-region", RESOURCES, (README, "<!-- generated:parameter -->\n<!-- /generated -->\n"), by="docs"
    ),
    rendered("page-not-utf8", RESOURCES, page_not_utf8, by="docs"),
    rendered("page-end", RESOURCES, (README, "<!-- generated:parameters -->\n"), by="docs"),
)
