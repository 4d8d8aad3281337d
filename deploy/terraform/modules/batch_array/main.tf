# An AWS Batch array on Fargate Spot: each child redacts one shard of a plan (docs/batch.md). It has no
# service to run and costs nothing between jobs.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  bucket_arn = { for role, place in { raw = var.raw, safe = var.safe, job = var.job } : role => "arn:${data.aws_partition.current.partition}:s3:::${place.bucket}" }
  object_arn = { for role, place in { raw = var.raw, safe = var.safe, job = var.job } : role => "${local.bucket_arn[role]}/${place.prefix}*" }
}

# Logs: counts and codes; no name of a photo.

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: CloudWatch encrypts at rest with its own key; the logs hold no photo and no name of one
  # checkov:skip=CKV_AWS_338: retention is a variable; what is kept of a job is its manifest
  name              = "/${var.name}/batch"
  retention_in_days = var.log_retention_days
}

# Roles: the execution role fetches the image and writes logs; the job role is what the program may do. It reads
# photos and the plan, writes results and the manifest, and can neither read results nor change nor delete
# anything of the photos.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356: GetAuthorizationToken knows no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.image_repository_arn == null ? [] : [var.image_repository_arn]
    content {
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [statement.value]
    }
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
}

data "aws_iam_policy_document" "job" {
  statement {
    sid       = "Photos"
    actions   = ["s3:GetObject"]
    resources = [local.object_arn.raw]
  }

  # A result is written whole or not at all, and never over another.
  statement {
    sid       = "Results"
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = [local.object_arn.safe]
  }

  statement {
    sid       = "PlanAndManifest"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [local.object_arn.job]
  }

  # Whether a part of the manifest is there: without this S3 answers "forbidden" for what is not.
  statement {
    sid       = "ListManifest"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn.job]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.job.prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.kms_key_arns) > 0 ? [var.kms_key_arns] : []
    content {
      sid       = "Keys"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-batch-execution"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-task"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "job" {
  name                 = "${var.name}-batch-job"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "job" {
  name   = "redact-shard"
  role   = aws_iam_role.job.id
  policy = data.aws_iam_policy_document.job.json
}

# Network: nobody comes in; registry, logs and S3 are reached by HTTPS.

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-batch-"
  description = "Children of batch arrays"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-batch" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Registry, logs and S3"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# Batch

resource "aws_batch_compute_environment" "this" {
  name_prefix = "${var.name}-"
  type        = "MANAGED"

  compute_resources {
    type               = var.use_spot ? "FARGATE_SPOT" : "FARGATE"
    max_vcpus          = var.max_vcpus
    subnets            = var.subnet_ids
    security_group_ids = [aws_security_group.this.id]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_batch_job_queue" "this" {
  name     = "${var.name}-batch"
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.this.arn
  }
}

resource "aws_batch_job_definition" "shard" {
  name                  = "${var.name}-shard"
  type                  = "container"
  platform_capabilities = ["FARGATE"]
  propagate_tags        = true

  container_properties = jsonencode({
    image = var.image
    # Which job: given with each array (parameters), without a default that would redact the wrong one.
    command          = ["shard", "Ref::job"]
    jobRoleArn       = aws_iam_role.job.arn
    executionRoleArn = aws_iam_role.execution.arn

    resourceRequirements = [
      { type = "VCPU", value = tostring(var.vcpus) },
      { type = "MEMORY", value = tostring(var.memory_mib) },
    ]
    runtimePlatform              = { operatingSystemFamily = "LINUX", cpuArchitecture = var.cpu_architecture }
    fargatePlatformConfiguration = { platformVersion = "LATEST" }
    networkConfiguration         = { assignPublicIp = "DISABLED" }
    readonlyRootFilesystem       = true
    linuxParameters              = { initProcessEnabled = true }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "shard"
      }
    }
  })

  # What the program says of itself decides: 42 is a plan or shard that no second try mends, 2 a wrong command, and
  # an image that cannot be pulled stays so. All else (75, a spot interruption, no memory) is tried again.
  retry_strategy {
    attempts = var.attempts

    evaluate_on_exit {
      action       = "EXIT"
      on_exit_code = "42"
    }
    evaluate_on_exit {
      action       = "EXIT"
      on_exit_code = "2"
    }
    evaluate_on_exit {
      action    = "EXIT"
      on_reason = "CannotPullContainerError*"
    }
    evaluate_on_exit {
      action    = "RETRY"
      on_reason = "*"
    }
  }

  timeout {
    attempt_duration_seconds = var.attempt_timeout_seconds
  }
}
