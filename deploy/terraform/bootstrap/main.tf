# What must be there before the environments: a place for their state, repositories for their images,
# and GitHub's way in. Its own state begins on the machine it is run on and moves into the bucket it
# made (docs/deploy.md).

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project = var.name
      # No deployment may change what is tagged with another environment than its own.
      Environment = "bootstrap"
      ManagedBy   = "terraform"
    }
  }
}

data "aws_caller_identity" "current" {}

# State

resource "aws_kms_key" "state" {
  # checkov:skip=CKV2_AWS_64: the default policy, which leaves it to the account's roles, is what is wanted
  description             = "${var.name} Terraform state"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV_AWS_18: CloudTrail tells who touched the state; a second log would need a bucket of its own
  # checkov:skip=CKV_AWS_144: the state describes one region and can be made again by import
  # checkov:skip=CKV2_AWS_62: nothing waits for a change of state
  # An account's buckets are named for all the world, so the account is in the name.
  bucket        = "${var.name}-state-${data.aws_caller_identity.current.account_id}-${var.region}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "state" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.state.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}

# Images

module "ecr" {
  source = "../modules/ecr"

  names        = [for image in ["service", "page", "grafana", "mlflow", "batch"] : "${var.name}/${image}"]
  force_delete = var.force_destroy
}

# GitHub

data "aws_route53_zone" "this" {
  for_each = var.github_repository == null ? [] : var.zone_names

  name         = each.key
  private_zone = false
}

module "github_oidc" {
  source = "../modules/github_oidc"
  count  = var.github_repository == null ? 0 : 1

  name             = var.name
  repository       = var.github_repository
  repository_arns  = module.ecr.repository_arns
  state_bucket_arn = aws_s3_bucket.state.arn
  state_key_arn    = aws_kms_key.state.arn
  regions          = coalescelist(var.environment_regions, [var.region])
  zone_arns        = [for zone in data.aws_route53_zone.this : zone.arn]
}
