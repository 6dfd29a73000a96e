"""Launch forms and configs, broken where templates and other files have a say."""

from __future__ import annotations

from tests.broken.case import PLAIN, Case, Edit, broken

CONFIG = """product: plain
name: my-topic
account_id: "111111111111"
region: us-west-2
parameters: {Size: small}
"""
FORM = """schema:
  type: object
  required: [topic]
  properties:
    topic:
      type: object
      required: [account, region, file]
      properties:
        account: {type: string, format: account-id}
        region: {type: string, format: region}
        file: {type: string}
        size: {type: string, enum: [small, large]}
account_id: topic.account
region: topic.region
name: "topic-{{ topic.file }}"
name_fields: [topic.file]
axes: {template: "{{ topic.file }}"}
parameters:
- for: {template: [topic]}
  set: {Size: "{{ topic.size }}"}
"""
# It has the sections of generic configs.
TWIN = """schema:
  type: object
  required: [account_id, region, product]
  properties:
    product: {type: string}
    name: {type: string}
    account_id: {type: string, format: account-id}
    region: {type: string, format: region}
    sagemaker_project: {type: string}
account_id: account_id
region: region
name: "{{ product }}"
name_fields: [product]
axes: {template: topic}
"""
BY_FORM = 'topic: {account: "111111111111", region: us-west-2, file: topic, size: small}\n'
FORM_FILE = "products/tools/launch.yaml"
# It reads SSM parameters, and the launch says which boundary its role has.
LIMITED = """Parameters:
  Size: {Type: "AWS::SSM::Parameter::Value<String>", Default: /sizes/small}
  Boundary: {Type: String, Default: ""}
Conditions:
  Named: !Not [!Equals [!Ref Boundary, ""]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Ref Size
      AssumeRolePolicyDocument: {Statement: []}
      PermissionsBoundary: !If
      - Named
      - !Ref Boundary
      - !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/ours
"""


def config(name: str, *changes: tuple[str, str]) -> Case:
    """A generic config."""
    return broken(f"config-{name}", ("configs/my-topic.yaml", _changed(CONFIG, changes)))


def beyond_the_launch_role(name: str, by: str) -> Case:
    """Configs that ask for more than the launch role of their product allows, and one that does not."""
    launches = (
        ("right", "/sizes/large", "arn:aws:iam::111111111111:policy/ours"),
        ("other-account", "/sizes/small", "arn:aws:iam::222222222222:policy/ours"),
        ("other-parameter", "/prod/password", '""'),
    )
    return broken(
        name,
        ("products/plain/main.yaml", LIMITED),
        (PLAIN, "owner:", "permissions_boundary: ours\nssm_parameters: [/sizes/*]\nowner:"),
        *(
            (f"configs/{stem}.yaml", CONFIG.replace("{Size: small}", f"{{Size: {size}, Boundary: {arn}}}"))
            for stem, size, arn in launches
        ),
        by=by,
    )


def form(name: str, *changes: tuple[str, str], by: str = BY_FORM, also: tuple[Edit, ...] = ()) -> Case:
    """A form of the family of two plain templates, and a config of it."""
    text = _changed(FORM, changes)
    return broken(f"form-{name}", (FORM_FILE, text), ("configs/by-form.yaml", by), *also)


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


CASES = (
    config("of-no-product", ("product: plain", "product: plane")),
    config("of-a-retired-product", ("product: plain", "product: engine")),
    broken("config-without-a-form", ("configs/my-topic.yaml", "tier: small\nregions: us-west-2\n")),
    config("parameter-unknown", ("{Size: small}", "{Size: small, Sise: 1}")),
    config("parameter-value", ("{Size: small}", "{Size: [small, large]}")),
    config("parameter-missing", ("parameters: {Size: small}\n", "")),
    config(
        "of-a-sagemaker-project-of-another-template",
        ("product: plain", "product: plain\nsagemaker_project: s3"),
    ),
    config(
        "parameter-of-a-sagemaker-project",
        ("product: plain", "product: plain\nsagemaker_project: s3"),
        ("{Size: small}", "{Size: small, SageMakerProjectId: p-1}"),
    ),
    config(
        "name-of-a-sagemaker-project-too-long",
        ("name: my-topic", f"name: {'abcdefgh' * 4}i\nsagemaker_project: service-catalog"),
    ),
    config(
        "name-of-a-sagemaker-project-malformed",
        ("name: my-topic", "name: my.topic\nsagemaker_project: service-catalog"),
    ),
    config("sagemaker-project-unknown", ("product: plain", "product: plain\nsagemaker_project: studio")),
    beyond_the_launch_role("config-beyond-the-launch-role", by="validate"),
    beyond_the_launch_role("launch-beyond-the-launch-role", by="launch configs/other-parameter.yaml"),
    beyond_the_launch_role("launch-with-another-boundary", by="launch configs/other-account.yaml"),
    form("parameter-set-by-the-form", by=f"{BY_FORM}parameters: {{Size: small}}\n"),
    form("name-too-long", ('"topic-{{', '"{{ range(99) | join }}-{{'), ("for: {template: [topic]}\n  ", "")),
    form("name-malformed", ('"topic-{{', '"my topic {{')),
    form("file-name", ("axes:", 'file_name: "{{ name }}.yaml"\naxes:')),
    form("product-malformed", ('template: "{{ topic.file }}"', 'template: "{{ topic.file }}*"')),
    form("value-too-long", ("{{ topic.size }}", "{{ range(2000) | join }}")),
    form("expression-fails", ("{{ topic.size }}", "{{ topic.size.partition('')[0] }}")),
    form("expression-of-much-memory", ("{{ topic.size }}", "{{ 'a' * 10**10 }}")),
    form("expression-of-a-forbidden-attribute", ("{{ topic.size }}", "{{ topic.size.__class__ }}")),
    form("expression-of-a-list", ("{{ topic.size }}", "{{ [topic.size] }}")),
    form("sagemaker-project-unknown", ("axes:", 'sagemaker_project: "{{ topic.size }}"\naxes:')),
    form("axes", ('axes: {template: "{{ topic.file }}"}\n', ""), ("for: {template: [topic]}\n  ", "")),
    form("axis-value", ("[topic]}\n", "[topics]}\n")),
    form("parameter", ("set: {Size:", "set: {Sizes:")),
    form("output", ("axes:", "outputs: {registry: Group}\naxes:")),
    form(
        "output-of-a-template-with-problems",
        ("axes:", "outputs: {registry: Group}\naxes:"),
        also=(("products/tools/templates/second-topic.json", "{"),),
    ),
    form("checks", ("axes:", 'checks: [{vpc-exist: {vpc: "x"}}, {vpc-exists: {id: "x"}}]\naxes:')),
    form(
        "field-of-another-default",
        ("enum: [small, large]}", "enum: [small, large], default: small}\n        mail: {type: string}"),
        ("account_id: topic", "uses: [{field: topic.size, used: {mail: [large]}}]\naccount_id: topic"),
        by=BY_FORM.replace("size: small", "mail: x"),
    ),
    form(
        "name-of-omitted-fields",
        ("name_fields: [topic.file]", "name_fields: [topic.size]"),
        ("topic-{{", "{{ range(99) | join }}-{{"),
        by=BY_FORM.replace(", size: small", ""),
    ),
    broken("form-sections-of-generic-configs", (FORM_FILE, TWIN), ("configs/my-topic.yaml", CONFIG)),
    form(
        "sections-of-another",
        also=(("products/plain/launch.yaml", FORM[: FORM.index("axes:")]),),
    ),
)  # fmt: skip
