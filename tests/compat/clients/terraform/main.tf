variable "grown" {
  type    = bool
  default = false
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "catalog" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["servicecatalog.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "launch" {
  statement {
    actions = [
      "cloudformation:CreateStack", "cloudformation:DeleteStack", "cloudformation:DescribeStackEvents",
      "cloudformation:DescribeStacks", "cloudformation:GetTemplateSummary", "cloudformation:SetStackPolicy",
      "cloudformation:UpdateStack", "cloudformation:ValidateTemplate", "s3:GetObject", "sns:*",
    ]
    resources = ["*"]
  }
}

resource "aws_s3_bucket" "templates" {
  bucket        = "compat-terraform-templates"
  force_destroy = true
}

resource "aws_s3_object" "topic" {
  bucket = aws_s3_bucket.templates.id
  key    = "topic.yaml"
  source = "topic.yaml"
  etag   = filemd5("topic.yaml")
}

resource "aws_iam_role" "launch" {
  name               = "compat-launch"
  assume_role_policy = data.aws_iam_policy_document.catalog.json
}

resource "aws_iam_role_policy" "launch" {
  role   = aws_iam_role.launch.id
  policy = data.aws_iam_policy_document.launch.json
}

resource "aws_servicecatalog_portfolio" "it" {
  name          = "compat-terraform"
  description   = var.grown ? "grown" : "small"
  provider_name = "compat"
}

resource "aws_servicecatalog_product" "topic" {
  name  = "compat-topic"
  owner = var.grown ? "grown" : "compat"
  type  = "CLOUD_FORMATION_TEMPLATE"
  tags  = { team = "ml" }
  provisioning_artifact_parameters {
    name         = "v1"
    type         = "CLOUD_FORMATION_TEMPLATE"
    template_url = "https://${aws_s3_bucket.templates.id}.s3.us-west-2.amazonaws.com/${aws_s3_object.topic.key}"
  }
}

resource "aws_servicecatalog_provisioning_artifact" "next" {
  product_id   = aws_servicecatalog_product.topic.id
  name         = "v2"
  type         = "CLOUD_FORMATION_TEMPLATE"
  guidance     = var.grown ? "DEPRECATED" : "DEFAULT"
  template_url = "https://${aws_s3_bucket.templates.id}.s3.us-west-2.amazonaws.com/${aws_s3_object.topic.key}"
}

resource "aws_servicecatalog_product_portfolio_association" "topic" {
  portfolio_id = aws_servicecatalog_portfolio.it.id
  product_id   = aws_servicecatalog_product.topic.id
}

resource "aws_servicecatalog_principal_portfolio_association" "me" {
  portfolio_id  = aws_servicecatalog_portfolio.it.id
  principal_arn = data.aws_caller_identity.me.arn
}

resource "aws_servicecatalog_constraint" "launch" {
  portfolio_id = aws_servicecatalog_product_portfolio_association.topic.portfolio_id
  product_id   = aws_servicecatalog_product.topic.id
  type         = "LAUNCH"
  parameters   = jsonencode({ RoleArn = aws_iam_role.launch.arn })
}

resource "aws_servicecatalog_constraint" "template" {
  portfolio_id = aws_servicecatalog_product_portfolio_association.topic.portfolio_id
  product_id   = aws_servicecatalog_product.topic.id
  type         = "TEMPLATE"
  description  = var.grown ? "grown" : "small"
  parameters = jsonencode({
    Rules = { Sizes = { Assertions = [{ Assert = { "Fn::Contains" = [["small", "large"], { Ref = "Size" }] } }] } }
  })
}

resource "aws_servicecatalog_tag_option" "stage" {
  key    = "stage"
  value  = "prod"
  active = !var.grown
}

resource "aws_servicecatalog_tag_option_resource_association" "stage" {
  resource_id   = aws_servicecatalog_portfolio.it.id
  tag_option_id = aws_servicecatalog_tag_option.stage.id
}

resource "aws_servicecatalog_portfolio_share" "spoke" {
  portfolio_id      = aws_servicecatalog_portfolio.it.id
  principal_id      = "222222222222"
  type              = "ACCOUNT"
  share_tag_options = var.grown
}

resource "aws_servicecatalog_service_action" "restart" {
  name        = "compat-restart"
  description = var.grown ? "grown" : "small"
  definition {
    name    = "AWS-RestartEC2Instance"
    version = "1"
  }
}

resource "aws_budgets_budget" "monthly" {
  name         = "compat"
  budget_type  = "COST"
  limit_amount = var.grown ? "20" : "10"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
}

resource "aws_servicecatalog_budget_resource_association" "monthly" {
  budget_name = aws_budgets_budget.monthly.name
  resource_id = aws_servicecatalog_portfolio.it.id
}

resource "aws_servicecatalog_provisioned_product" "launch" {
  name                       = "compat-launch"
  product_id                 = aws_servicecatalog_product.topic.id
  provisioning_artifact_name = "v1"
  provisioning_parameters {
    key   = "Size"
    value = var.grown ? "large" : "small"
  }
  depends_on = [
    aws_iam_role_policy.launch,
    aws_servicecatalog_constraint.launch,
    aws_servicecatalog_constraint.template,
    aws_servicecatalog_principal_portfolio_association.me,
  ]
}

resource "aws_cloudformation_stack" "topic" {
  name          = "compat-stack"
  template_body = file("topic.yaml")
  parameters    = { Size = var.grown ? "large" : "small" }
}
