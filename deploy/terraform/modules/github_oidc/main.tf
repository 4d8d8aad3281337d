# GitHub Actions get into the account without a stored key: GitHub vouches for the workflow by OIDC,
# and each role says which workflow it trusts.
#   push    branch main and version tags: pushes images
#   plan    pull requests: reads, and takes the state's lock
#   deploy  one for each environment: changes that environment (deploy.tf), within bounds (boundary.tf)

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  issuer    = "token.actions.githubusercontent.com"
  arn       = "arn:${local.partition}"

  # What each environment calls its things by, and what it tags them with.
  stacks = { for environment in var.environments : environment => "${var.name}-${environment}" }
  tags   = { for environment in var.environments : environment => { Project = var.name, Environment = environment } }
  # As modules/load_balancer names the bucket of its access logs.
  log_buckets = { for environment, stack in local.stacks : environment => "${local.arn}:s3:::${substr(stack, 0, 24)}-logs-*" }

  # As modules/feedback_bucket names the bucket of corrections.
  feedback_buckets = { for environment, stack in local.stacks : environment => "${local.arn}:s3:::${substr(stack, 0, 24)}-corrections-*" }

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
