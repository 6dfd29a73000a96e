"""Portfolios, families, targets and configs, broken where other files have a say."""

from __future__ import annotations

from pathlib import Path

from tests.broken.case import ENGINE, PLAIN, PORTFOLIO, TARGETS, TOOLS, Edit, broken, make

PATTERN = 'principal_arn: "arn:{partition}:iam:::role/tool-*", principal_type: IAM_PATTERN'
RULES = '{Sizes: {Assertions: [{Assert: {"Fn::Contains": [[small], {Ref: Size}]}}]}}'
OPTIONS = "  - {key: stage, values: [dev, prod], inactive: [qa]}"
OF_ENGINE = "  - product: engine\n    constraints:\n      - type: LAUNCH\n"
STACK_SET = (
    '{type: STACKSET, account_list: ["{account_id}"], region_list: [us-west-2], '
    "admin_role: 'arn:{partition}:iam::{account_id}:role/x', execution_role: x}"
)


def iam(arn: str) -> Edit:
    return (PORTFOLIO, PATTERN, f'principal_arn: "{arn}", principal_type: IAM')


def rules(condition: str) -> Edit:
    return (PORTFOLIO, RULES, f"{{Sizes: {{Assertions: [{{Assert: {condition}}}]}}}}")


def of_engine(constraint: str) -> Edit:
    return (PORTFOLIO, OF_ENGINE, f"{OF_ENGINE}      - {constraint}\n")


def not_utf8(root: Path) -> None:
    (root / PLAIN).write_bytes(b"family: \xff\n")


def link_to_itself(root: Path) -> None:
    (root / "products/plain/start").symlink_to("../plain")


def many_portfolios(root: Path) -> None:
    for n in range(100):
        text = f"display_name: P{n}\nprovider_name: P\nregions: [eu-west-1, us-west-2]\n"
        (root / f"portfolio/p{n}.yaml").write_text(text, encoding="utf-8")


def studio(templates: str, path: str = PORTFOLIO) -> Edit:
    return (path, "budget: tools\n", f"budget: tools\nsagemaker_templates: {templates}\n")


def shown(path: str = TOOLS, more: str = "") -> Edit:
    tag = 'tags: {"sagemaker:studio-visibility": "true"}'
    return (path, "owner: Tool Team\n", f"owner: Tool Team\n{tag}\n{more}")


def with_project_parameters(root: Path) -> None:
    """The templates of tools, as projects need them."""
    folder = "products/tools/templates"
    names = ("SageMakerProjectName", "SageMakerProjectId")
    in_json = "".join(f'"{it}": {{"Type": "String"}}, ' for it in names)
    in_yaml = "".join(f"  {it}: {{Type: String}}\n" for it in names)
    make(root, (f"{folder}/second-topic.json", '"Parameters": {', f'"Parameters": {{{in_json}'))
    make(root, (f"{folder}/topic.yaml", "Parameters:\n", f"Parameters:\n{in_yaml}"))


def two_portfolios_of_a_domain(root: Path) -> None:
    text = "display_name: B\nprovider_name: P\nregions: [eu-west-1, us-west-2]\n"
    templates = "sagemaker_templates: {domain_ids: [d-abcdefghij12]}\nproducts: [{product: tools-topic}]\n"
    (root / "portfolio/b.yaml").write_text(text + templates, encoding="utf-8")


def many_deploy_roles(root: Path) -> None:
    """100 products with long names, whose roles do not fit the policy of who passes them."""
    folder = root / "products/tools/templates"
    for n in range(100):
        _copied(folder / "topic.yaml", folder / f"a-template-with-a-name-that-is-rather-long-{n}.yaml")


def _copied(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def many_actions(root: Path) -> None:
    """Nine families with 25 service actions each; and the one of 'plain'."""
    actions = "".join(
        f'  a{n}: {{display_name: A{n}, document: AWS-X, document_version: "1"}}\n' for n in range(25)
    )
    for n in range(8):
        text = f'family: f{n}\nversion: "1.0.0"\ndisplay_name: F{n}\nowner: P\ntemplate: main.yaml\n'
        folder = root / f"products/f{n}"
        folder.mkdir()
        (folder / "product.yaml").write_text(f"{text}service_actions:\n{actions}", encoding="utf-8")
        _copied(root / "products/plain/main.yaml", folder / "main.yaml")
    path = root / PORTFOLIO
    path.write_text(path.read_text(encoding="utf-8") + "  - product: f?\n", encoding="utf-8")


CASES = (
    broken("file-unreadable", not_utf8),
    broken(
        "principals-too-many-patterns",
        (
            PORTFOLIO,
            f"  - {{{PATTERN}}}",
            "\n".join(
                f'  - {{principal_arn: "arn:{{partition}}:iam:::role/r{n}-*", principal_type: IAM_PATTERN}}'
                for n in range(11)
            ),
        ),
    ),
    broken(
        "principal-same-once-filled",
        (
            PORTFOLIO,
            f"  - {{{PATTERN}}}",
            f"  - {{{PATTERN}}}\n  - {{{PATTERN.replace('{partition}', 'aws')}}}",
        ),
    ),
    broken("principal-of-another-account", iam("arn:aws:iam::999999999999:role/reader")),
    broken("principal-of-another-partition", iam("arn:aws-cn:iam::{account_id}:role/reader")),
    broken("principal-name-too-long", iam(f"arn:{{partition}}:iam::{{account_id}}:role/{'r' * 65}")),
    broken("principal-with-an-empty-path", iam("arn:{partition}:iam::{account_id}:role/a//reader")),
    broken("principal-of-a-misspelt-kind", iam("arn:{partition}:iam::{account_id}:rolle/reader")),
    broken("rule-of-an-unknown-parameter", rules('{"Fn::Contains": [[small], {Ref: Sizes}]}')),
    broken("rule-of-an-unknown-attribute", rules('{"Fn::Equals": [{"Fn::ValueOf": [Size, VpcId]}, x]}')),
    broken(
        "rule-of-an-impossible-value",
        (PORTFOLIO, "product: tools-*", "product: tools-topic"),
        (PORTFOLIO, "  - product: engine", "  - product: tools-second-topic\n  - product: engine"),
        rules('{"Fn::Contains": [[tiny], {Ref: Size}]}'),
    ),
    broken(
        "rule-of-the-wrong-product",
        (PORTFOLIO, "product: tools-*", "product: tools-second-topic"),
        (PORTFOLIO, "  - product: engine", "  - product: tools-topic\n  - product: engine"),
        (
            "products/tools/templates/second-topic.json",
            '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}',
        ),
    ),
    broken(
        "template-folder-with-other-files",
        ("products/tools/templates/manifest.json", '{"version": "36.0.0"}'),
        ("products/tools/templates/parameters.json", '[{"ParameterKey": "Size"}]'),
        ("products/tools/templates/buildspec.yml", "version: 0.2\nphases: {build: {commands: [make]}}\n"),
    ),
    broken(
        "template-folder-that-includes-other-files",
        ("products/tools/templates/manifest.json", '{"version": "36.0.0"}'),
        (
            TOOLS,
            "template: templates",
            'template: templates\ntemplates: {include: ["*.json", topic.*, none*]}',
        ),
    ),
    broken(
        "template-folder-whose-globs-take-no-hidden-file-and-no-folder",
        ("products/tools/templates/.hidden.yaml", "not taken"),
        ("products/tools/templates/more/topic.yaml", "not taken"),
        (TOOLS, "template: templates", 'template: templates\ntemplates: {include: ["*", more]}'),
    ),
    broken(
        "template-folder-with-two-files-of-one-content",
        (
            "products/tools/templates/one.yaml",
            "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {No: 1}}}",
        ),
        (
            "products/tools/templates/two.json",
            '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic",\n"Properties": {\n"No": 1}}}}',
        ),
        by="--quiet lint --errors-only tools-one tools-two",
    ),
    broken(
        "template-folder-that-excludes-all",
        (TOOLS, "template: templates", 'template: templates\ntemplates: {exclude: ["*"]}'),
    ),
    broken(
        "template-folder-that-includes-no-template",
        ("products/tools/templates/manifest.json", '{"version": "36.0.0"}'),
        (TOOLS, "template: templates", 'template: templates\ntemplates: {include: ["*.json", topic.*]}'),
    ),
    broken(
        "templates-of-a-file",
        (PLAIN, "template: main.yaml", "template: main.yaml\ntemplates: {exclude: [x]}"),
    ),
    broken(
        "combinations-too-many",
        (
            PLAIN,
            "owner: Tool Team",
            "owner: Tool Team\naxes: {a: {"
            + ", ".join(f"v{n}: L{n}" for n in range(40))
            + "}, b: {"
            + ", ".join(f"w{n}: L{n}" for n in range(40))
            + "}}\ncombinations: [{a: ["
            + ", ".join(f"v{n}" for n in range(40))
            + "], b: ["
            + ", ".join(f"w{n}" for n in range(40))
            + "]}]",
        ),
    ),
    broken("product-in-no-portfolio", (PORTFOLIO, OF_ENGINE, ""), (ENGINE, "retire: deprecate\n", "")),
    broken("glob-without-products", (PORTFOLIO, "product: engine", "product: engines-*")),
    broken(
        "topic-in-another-region",
        (TARGETS, "arn:aws:sns:us-west-2:222222222222:events", "arn:aws:sns:eu-west-1:222222222222:events"),
    ),
    broken(
        "tag-options-too-many",
        (
            PORTFOLIO,
            OPTIONS,
            OPTIONS + "\n" + "".join(f"  - {{key: k{n}, values: [a]}}\n" for n in range(23)),
        ),
    ),
    broken(
        "tag-option-values-too-many",
        (PORTFOLIO, "values: [dev, prod]", f"values: [{', '.join(f'v{n}' for n in range(22))}, dev]"),
        (
            PLAIN,
            "owner: Tool Team",
            "owner: Tool Team\ntag_options: [{key: stage, values: [other, another, dev]}]",
        ),
    ),
    broken("tag-option-active-and-inactive", (TOOLS, "values: [dev]", "values: [dev, qa]")),
    broken("tag-option-without-a-common-value", (TOOLS, "values: [dev]", "values: [test]")),
    broken("tag-and-tag-option", (PORTFOLIO, "{team: tools}", "{stage: x}")),
    broken("tag-of-portfolio-and-product", (TOOLS, "owner: Tool Team", "owner: Tool Team\ntags: {team: x}")),
    broken("tag-value-empty", (PORTFOLIO, "{team: tools}", '{team: ""}')),
    broken("share-with-a-target", (PORTFOLIO, 'account_id: "444444444444"', 'account_id: "222222222222"')),
    broken(
        "share-of-a-role-by-arn",
        (PORTFOLIO, "local_role_name: launch-tools", "role_arn: arn:{partition}:iam::{account_id}:role/x"),
    ),
    broken("share-of-principals-without-pattern", iam("arn:{partition}:iam::{account_id}:role/reader")),
    broken(
        "share-with-all-and-a-part",
        (PORTFOLIO, "organization_node: ou-ab12-cdefgh34", "organization_node: o-abcdefghij"),
    ),
    broken(
        "role-of-another-account",
        (
            PORTFOLIO,
            "admin_role: arn:{partition}:iam::{account_id}:",
            "admin_role: arn:{partition}:iam::999999999999:",
        ),
        (PLAIN, "parameters: {InstanceId: TARGET}", "assume_role: arn:aws:iam::999999999999:role/x"),
    ),
    broken(
        "stack-set-in-another-partition",
        (PORTFOLIO, "region_list: [us-west-2, eu-west-1]", "region_list: [cn-north-1]"),
    ),
    broken("studio-without-products", studio("{}")),
    broken(
        "studio-without-parameters",
        studio("{}"),
        shown(),
        shown(PLAIN, "launch_role: existing\n"),
        (
            "products/tools/templates/second-topic.json",
            '"Parameters": {',
            '"Parameters": {"SageMakerProjectId": {"Type": "String"}, ',
        ),
    ),
    broken(
        "studio-with-wrong-variables",
        studio(
            "{bucket: '{variables.b}', domain_ids: ['{variables.d}', d-abcdefghij12], "
            "execution_roles: ['{variables.r}', 'arn:aws:iam::999999999999:role/x']}"
        ),
        shown(),
        with_project_parameters,
        (
            TARGETS,
            "variables: {",
            'variables: {b: "arn:aws:iam::111111111111:role/x", d: a-bucket, r: d-abcdefghij12, ',
        ),
    ),
    broken(
        "studio-of-two-portfolios",
        studio("{domain_ids: [d-abcdefghij12]}"),
        shown(),
        with_project_parameters,
        two_portfolios_of_a_domain,
    ),
    broken(
        "studio-with-too-many-roles",
        studio("{execution_roles: ['arn:{partition}:iam::{account_id}:role/x']}"),
        shown(),
        with_project_parameters,
        many_deploy_roles,
    ),
    broken("portfolios-too-many", many_portfolios),
    broken(
        "quotas-of-a-target-too-small",
        (PORTFOLIO, f"  - {{{PATTERN}}}\n", f"  - {{{PATTERN}}}\n  - {{{PATTERN.replace('tool', 'x')}}}\n"),
        (
            TARGETS,
            "regions: [us-west-2, eu-west-1]\n",
            "regions: [us-west-2, eu-west-1]\n"
            "    quotas: {products: 3, products_per_portfolio: 2, principals_per_portfolio: 1}\n",
        ),
    ),
    broken("actions-too-many", many_actions),
    broken(
        "pipeline",
        (
            "configs/pipeline.yaml",
            'acount_id: "111111111111"\nregion: us-west-2\n'
            "source: {type: codeconnections, repository: o/r, connection_arn: "
            '"arn:aws:codeconnections:us-west-2:222222222222:connection/00000000-0000-0000-0000-000000000000"}\n'
            "groups: [{name: one, aproval: false}, {name: one, allow: [deletes], targets: [$(id)]}]\n",
        ),
    ),
    broken(
        "pipeline-names",
        (
            "configs/pipeline.yaml",
            'account_id: "111111111111"\nregion: us-west-2\n'
            "source: {type: codeconnections, repository: o/r, connection_arn: "
            '"arn:aws:codeconnections:us-west-2:222222222222:connection/00000000-0000-0000-0000-000000000000"}\n'
            "groups: [{name: one}, {name: one, builds: 2, bootstrap: true}]\n",
        ),
    ),
    broken(
        "pipeline-of-other-targets",
        (TARGETS, "    role_arn: arn:aws:iam::222222222222:role/publisher\n", ""),
        (
            "configs/pipeline.yaml",
            'account_id: "111111111111"\nregion: us-west-2\nsource: {type: s3, bucket: sources, key: a.zip}\n'
            "groups:\n  - {name: one, targets: [hub/us-west-2, hib]}\n"
            "  - {name: two, targets: ['*/us-west-2']}\n",
        ),
    ),
    broken(
        "targets-of-two-partitions",
        (TARGETS, "regions: [us-west-2, eu-west-1]", "regions: [us-west-2, cn-north-1]"),
        (TARGETS, "regions: [us-west-2]\n", "regions: [cn-north-1]\n"),
    ),
    broken(
        "target-in-a-region-that-is-not-linted",
        (PORTFOLIO, "regions: [eu-west-1, us-west-2]", "regions: [us-west-2]"),
    ),
    broken(
        "target-without-a-role", (TARGETS, "    role_arn: arn:aws:iam::222222222222:role/publisher\n", "")
    ),
    broken(
        "target-variable-that-nothing-reads",
        (
            TARGETS,
            '    variables: {launch_events: "arn:aws:sns:us-west-2:2222',
            '    variables: {launch_event: "arn:aws:sns:us-west-2:2222',
        ),
    ),
    broken("external-with-rules-of-templates", of_engine(f"{{type: TEMPLATE, name: x, rules: {RULES}}}")),
    broken("external-as-a-stack-set", (PORTFOLIO, OF_ENGINE, OF_ENGINE.replace("type: LAUNCH", STACK_SET))),
    broken(
        "external-without-a-role",
        (PORTFOLIO, OF_ENGINE, "  - product: engine\n"),
        (ENGINE, "retire: deprecate\n", ""),
    ),
    broken(
        "version-behind-its-versions", (TOOLS, '"1.0.0": inactive', '"2.1.0": deprecated, "2.0.1": inactive')
    ),
    broken(
        "action-too-long",
        (PLAIN, "{InstanceId: TARGET}", f"{{{', '.join(f'{name * 200}: TEXT_VALUE' for name in 'ABCDE')}}}"),
    ),
    broken(
        "share-with-an-account-in-two-ways",
        (PORTFOLIO, 'organization_node: "333333333333"', 'organization_node: "444444444444"'),
    ),
    broken(
        "content-that-holds-itself",
        (PLAIN, "owner: Tool Team", "owner: Tool Team\ncontent: {start: start}"),
        link_to_itself,
    ),
    broken(
        "typo-here-and-a-conflict-there",
        (TARGETS, "  hub:", "  Hub:"),
        (TOOLS, "values: [dev]", "values: [test]"),
    ),
    broken(
        "several",
        (PORTFOLIO, "display_name: Tools", "display_nam: Tools"),
        (PORTFOLIO, "share_principals: true", "share_principals: yes"),
        (TOOLS, '"2.0.0"', "2.0"),
        (TARGETS, "  hub:", "  Hub:"),
    ),
)
