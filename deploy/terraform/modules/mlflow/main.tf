# MLflow: what evaluations measured, and weights by name. One task on Fargate; database (SQLite) and artifacts
# lie on an EFS file system, which outlives it and is backed up each night. One task is all there may be: SQLite
# knows one writer, and a rollout stops the old task before it starts the new one.

data "aws_iam_policy_document" "file_system" {
  # checkov:skip=CKV_AWS_356: the policy of one file system, which it names as *
  statement {
    sid       = "ByItsAccessPointOnly"
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [module.service.task_role_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.this.arn]
    }
  }

  statement {
    sid       = "EncryptedOnly"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

locals {
  full_name = "${var.stack_name}-mlflow"
  port      = 5000
  data      = "/data"
  secrets   = toset(["admin", "reader", "session"])
}

# Data

resource "aws_efs_file_system" "this" {
  # checkov:skip=CKV_AWS_184: encrypted with the account's EFS key; weights and figures are no secret
  encrypted       = true
  throughput_mode = "elastic"

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }

  lifecycle_policy {
    transition_to_primary_storage_class = "AFTER_1_ACCESS"
  }

  tags = { Name = local.full_name }
}

resource "aws_efs_backup_policy" "this" {
  file_system_id = aws_efs_file_system.this.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  policy         = data.aws_iam_policy_document.file_system.json
}

resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id

  # The image's user, whoever asks.
  posix_user {
    uid = 10001
    gid = 10001
  }

  root_directory {
    path = "/mlflow"
    creation_info {
      owner_uid   = 10001
      owner_gid   = 10001
      permissions = "0700"
    }
  }

  tags = { Name = local.full_name }
}

resource "aws_security_group" "file_system" {
  name_prefix = "${local.full_name}-data-"
  description = "MLflow's file system"
  vpc_id      = var.vpc_id

  tags = { Name = "${local.full_name}-data" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "file_system" {
  security_group_id            = aws_security_group.file_system.id
  description                  = "From MLflow"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = module.service.security_group_id
}

resource "aws_efs_mount_target" "this" {
  count = var.zone_count

  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = var.subnet_ids[count.index]
  security_groups = [aws_security_group.file_system.id]
}

# Passwords: of the administrator, of the service, which may read, and what sessions are signed with. Made by AWS
# and written without passing through Terraform's state. A higher version makes new ones.

ephemeral "aws_secretsmanager_random_password" "this" {
  for_each = local.secrets

  password_length     = 32
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV_AWS_149: encrypted with the account's Secrets Manager key
  # checkov:skip=CKV2_AWS_57: rotated by raising a version, as the guide says, since MLflow reads them only when it starts
  for_each = local.secrets

  name_prefix             = "${local.full_name}-${each.key}-"
  description             = "MLflow: ${each.key}"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each = local.secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.this[each.key].random_password
  secret_string_wo_version = var.password_version
}

# Task

module "service" {
  source = "../ecs_service"

  stack_name           = var.stack_name
  name                 = "mlflow"
  image                = var.image
  image_repository_arn = var.image_repository_arn
  cpu_architecture     = var.cpu_architecture
  cpu                  = 512
  memory               = 2048
  use_spot             = var.use_spot
  log_retention_days   = var.log_retention_days

  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  container_port = local.port
  environment = {
    MLFLOW_DATA = local.data
    # Another name in the Host header is refused: no page elsewhere can speak for whoever is logged in.
    MLFLOW_SERVER_ALLOWED_HOSTS = join(",", [var.host_name, "${var.host_name}:*", "${var.private_name}:${local.port}"])
  }
  secrets = {
    MLFLOW_AUTH_ADMIN_PASSWORD     = aws_secretsmanager_secret_version.this["admin"].arn
    MLFLOW_READER_PASSWORD         = aws_secretsmanager_secret_version.this["reader"].arn
    MLFLOW_FLASK_SERVER_SECRET_KEY = aws_secretsmanager_secret_version.this["session"].arn
  }
  writable_paths = ["/tmp"]
  file_systems = {
    (local.data) = {
      # By way of the mount targets: without them no task can start.
      id               = one(distinct(aws_efs_mount_target.this[*].file_system_id))
      arn              = aws_efs_file_system.this.arn
      access_point_id  = aws_efs_access_point.this.id
      access_point_arn = aws_efs_access_point.this.arn
    }
  }
  health_check_command       = ["CMD", "/usr/local/bin/healthcheck"]
  health_check_path          = "/health"
  health_check_start_seconds = 120
  health_check_grace_seconds = 180

  extra_ingress = {
    "model service" = { port = local.port, security_group_id = var.service_security_group_id }
  }
  extra_egress = {
    "file system" = { port = 2049, security_group_id = aws_security_group.file_system.id }
  }

  listener_rules = [
    for port in var.ports : { port = port, priority = var.listener_priority, hosts = [var.host_name], source_cidrs = var.allowed_cidrs }
  ]
  listener_arns                   = var.listener_arns
  load_balancer_security_group_id = var.load_balancer_security_group_id
  load_balancer_arn_suffix        = var.load_balancer_arn_suffix
  cluster_arn                     = var.cluster_arn
  cluster_name                    = var.cluster_name
  namespace_id                    = var.namespace_id
  vpc_id                          = var.vpc_id
  subnet_ids                      = var.subnet_ids

  permissions_boundary_arn = var.permissions_boundary_arn
}
