"""Property values that cfn-lint or the service needs, and the schemas of the types do not say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# By type. `@Type` and `@Type.Attribute` are another resource, null leaves a property out.
VALUES: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
# Changes that a type accepts, where the first that its schema allows is refused.
CHANGED: Mapping[str, tuple[str, Any]] = {
    "AWS::CloudWatch::Dashboard": ("DashboardBody", '{"widgets":[],"start":"-PT1H"}'),
    "AWS::Redshift::Cluster": ("NodeType", "ra3.4xlarge"),
}
REPLACED: Mapping[str, tuple[str, Any] | None] = {
    "AWS::EC2::FlowLog": ("LogGroupName", "other-flows"),
    # Its address belongs to the one that it would replace.
    "AWS::EC2::NatGateway": None,
    "AWS::EC2::SecurityGroupIngress": ("CidrIp", "10.1.0.0/16"),
    "AWS::EC2::Subnet": ("CidrBlock", "10.0.2.0/24"),
    # A VPC has one attachment to a gateway.
    "AWS::EC2::TransitGatewayAttachment": None,
    "AWS::EC2::TransitGatewayVpcAttachment": None,
    "AWS::EC2::VPCEndpoint": ("ServiceName", "com.amazonaws.us-west-2.dynamodb"),
    "AWS::ApiGatewayV2::Api": None,
    "AWS::EC2::VPCPeeringConnection": None,
    "AWS::Lambda::Url": None,
    # Lambda publishes no second version of the same code.
    "AWS::Lambda::Version": None,
    "AWS::OpenSearchService::Domain": ("DomainName", "search"),
    "AWS::EFS::FileSystem": None,
    # There can be one in a zone.
    "AWS::EFS::MountTarget": None,
    "AWS::Events::EventBusPolicy": ("StatementId", "two"),
    "AWS::SageMaker::ModelPackage": ("ModelPackageDescription", "another"),
    # Its name can change, but not while the template has its id.
    "AWS::QuickSight::DLPSetting": ("DLPSettingId", "another"),
}
