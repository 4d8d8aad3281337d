# GitHub Actions get into the account without a stored key: GitHub vouches for the workflow by OIDC,
# and each role says which workflow it trusts.
#   push    branch main and version tags: pushes images
#   plan    pull requests: reads, and takes the state's lock
#   deploy  one for each environment: changes things

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  issuer    = "token.actions.githubusercontent.com"

  # `sub` as GitHub writes it.
  subjects = merge(
    {
      push = ["repo:${var.repository}:ref:refs/heads/main", "repo:${var.repository}:ref:refs/tags/v*"]
      plan = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/main", "repo:${var.repository}:ref:refs/tags/v*"]
    },
    { for environment in var.environments : "deploy-${environment}" => ["repo:${var.repository}:environment:${environment}"] },
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  # checkov:skip=CKV_AWS_358: the subjects are bound to the repository by a variable, which the check cannot read
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}-github-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

# Push

data "aws_iam_policy_document" "push" {
  # checkov:skip=CKV_AWS_356: GetAuthorizationToken knows no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:DescribeRepositories", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = var.repository_arns
  }
}

resource "aws_iam_role_policy" "push" {
  name   = "push-images"
  role   = aws_iam_role.this["push"].id
  policy = data.aws_iam_policy_document.push.json
}

# State: read by plans, written by deployments; the lock is a small file beside the state.

data "aws_iam_policy_document" "state" {
  for_each = toset(["read", "write"])

  statement {
    actions   = ["s3:ListBucket"]
    resources = [var.state_bucket_arn]
  }

  statement {
    actions   = each.key == "write" ? ["s3:GetObject", "s3:PutObject"] : ["s3:GetObject"]
    resources = ["${var.state_bucket_arn}/*.tfstate"]
  }

  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.state_bucket_arn}/*.tflock"]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.state_key_arn]
  }
}

resource "aws_iam_role_policy" "state" {
  for_each = toset([for name in keys(local.subjects) : name if name != "push"])

  name   = "state"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.state[each.key == "plan" ? "read" : "write"].json
}

# Plan

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}

# A pull request's plan must not print what is secret.
data "aws_iam_policy_document" "plan" {
  # checkov:skip=CKV_AWS_356: a denial is for everything
  statement {
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "ssm:GetParametersByPath", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "no-secrets"
  role   = aws_iam_role.this["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# Deploy: the services that the stack consists of. What could give further rights, IAM, is confined to
# roles with the stack's name, which may be handed to the stack's services only.

data "aws_iam_policy_document" "deploy" {
  # checkov:skip=CKV_AWS_108: Terraform manages these services as a whole
  # checkov:skip=CKV_AWS_109: Terraform manages these services as a whole; IAM is confined below
  # checkov:skip=CKV_AWS_111: Terraform manages these services as a whole; IAM is confined below
  # checkov:skip=CKV_AWS_356: most of these calls make things that have no name before
  # checkov:skip=CKV_AWS_107: the only secret is the one that the stack makes
  for_each = toset(var.environments)

  statement {
    sid = "Services"
    actions = [
      "acm:*", "application-autoscaling:*", "cloudwatch:*", "dlm:*", "ec2:*", "ecs:*", "elasticloadbalancing:*",
      "logs:*", "route53:*", "servicediscovery:*",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "Read"
    actions   = ["ecr:Describe*", "ecr:List*", "ecr:BatchGetImage", "iam:Get*", "iam:List*", "ssm:GetParameter", "ssm:GetParameters", "secretsmanager:GetRandomPassword"]
    resources = ["*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:CreateKey", "kms:Describe*", "kms:EnableKeyRotation", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"]
    resources = ["*"]
  }

  statement {
    sid       = "Named"
    actions   = ["secretsmanager:*", "sns:*"]
    resources = ["arn:${local.partition}:secretsmanager:*:${local.account}:secret:${var.name}-${each.key}*", "arn:${local.partition}:sns:*:${local.account}:${var.name}-${each.key}*"]
  }

  statement {
    sid       = "AccessLogs"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${substr("${var.name}-${each.key}", 0, 24)}-logs-*"]
  }

  statement {
    sid = "OwnRoles"
    actions = [
      "iam:AddRoleToInstanceProfile", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:CreateRole",
      "iam:DeleteInstanceProfile", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
      "iam:PutRolePolicy", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:TagRole",
      "iam:UntagInstanceProfile", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]
    resources = [
      "arn:${local.partition}:iam::${local.account}:role/${var.name}-${each.key}-*",
      "arn:${local.partition}:iam::${local.account}:instance-profile/${var.name}-${each.key}-*",
    ]
  }

  statement {
    sid       = "HandOver"
    actions   = ["iam:PassRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-${each.key}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "dlm.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  statement {
    sid       = "ServiceLinkedRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]
    condition {
      test     = "StringLike"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"]
    }
  }
}

# Too long for a policy within the role, which may have 10,240 characters in all with the state's.
resource "aws_iam_policy" "deploy" {
  for_each = data.aws_iam_policy_document.deploy

  name   = "${var.name}-github-deploy-${each.key}"
  policy = each.value.json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = aws_iam_policy.deploy

  role       = aws_iam_role.this["deploy-${each.key}"].name
  policy_arn = each.value.arn
}
