# Prometheus and Alertmanager, from their official images, on one instance. What they know is on a
# volume of its own that outlives the instance: a change to the configuration replaces the instance,
# and the new one mounts the old data.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# Amazon Linux 2023, whichever image is current; it brings docker and the SSM agent.
data "aws_ssm_parameter" "ami" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${var.cpu_architecture}"
}

locals {
  full_name = "${var.stack_name}-prometheus"
}

module "config" {
  source = "../prometheus_config"

  environment                   = var.environment
  region                        = data.aws_region.current.region
  service_discovery_name        = var.service_discovery_name
  service_metrics_port          = var.service_metrics_port
  service_memory_limit_bytes    = var.service_memory_limit_bytes
  latency_p95_objective_seconds = var.latency_p95_objective_seconds
  alert_topic_arn               = var.alert_topic_arn
  volume_id                     = aws_ebs_volume.data.id
  volume_size_gib               = var.volume_size_gib
  retention_days                = var.retention_days
  prometheus_image              = var.prometheus_image
  alertmanager_image            = var.alertmanager_image
  external_url                  = var.external_url
}

# Data

resource "aws_ebs_volume" "data" {
  # checkov:skip=CKV_AWS_189: encrypted with the account's EBS key; metrics are counts and times
  # checkov:skip=CKV2_AWS_9: snapshots are made by the lifecycle policy below, not by AWS Backup
  availability_zone = var.availability_zone
  size              = var.volume_size_gib
  type              = "gp3"
  encrypted         = true
  snapshot_id       = var.restore_snapshot_id
  # Destroying the stack leaves a snapshot to come back from.
  final_snapshot = var.final_snapshot

  tags = {
    Name     = "${local.full_name}-data"
    Snapshot = local.full_name
  }

  lifecycle {
    # Only a restore names a snapshot; afterwards the volume goes its own way.
    ignore_changes = [snapshot_id]
  }
}

resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.data.id
  instance_id = aws_instance.this.id

  # The volume is taken off an instance that has stopped, so with everything written.
  stop_instance_before_detaching = true
}

data "aws_iam_policy_document" "snapshot_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["dlm.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "snapshot" {
  name                 = "${local.full_name}-snapshot"
  assume_role_policy   = data.aws_iam_policy_document.snapshot_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy_attachment" "snapshot" {
  role       = aws_iam_role.snapshot.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole"
}

resource "aws_dlm_lifecycle_policy" "data" {
  description        = "${local.full_name} daily snapshots"
  execution_role_arn = aws_iam_role.snapshot.arn
  state              = "ENABLED"

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Snapshot = local.full_name }

    schedule {
      name      = "daily"
      copy_tags = true

      create_rule {
        interval      = 24
        interval_unit = "HOURS"
        times         = ["03:00"]
      }

      retain_rule {
        count = var.snapshot_count
      }
    }
  }
}

# Instance

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "instance" {
  statement {
    actions   = ["sns:Publish"]
    resources = [var.alert_topic_arn]
  }

  # The topic is encrypted; publishing needs a data key.
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.alert_key_arn]
  }
}

resource "aws_iam_role" "instance" {
  name                 = local.full_name
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "instance" {
  name   = "send-alerts"
  role   = aws_iam_role.instance.id
  policy = data.aws_iam_policy_document.instance.json
}

# A shell, where one is needed, is `aws ssm start-session`: no SSH, no key, no open port.
resource "aws_iam_role_policy_attachment" "ssm" {
  role       = aws_iam_role.instance.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "this" {
  name = local.full_name
  role = aws_iam_role.instance.name
}

resource "aws_security_group" "this" {
  name_prefix = "${local.full_name}-"
  description = "Prometheus"
  vpc_id      = var.vpc_id

  tags = { Name = local.full_name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = var.ingress_security_groups

  security_group_id            = aws_security_group.this.id
  description                  = "From ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 9090
  to_port                      = 9090
  referenced_security_group_id = each.value
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Images, packages, SSM and SNS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "scrape" {
  security_group_id = aws_security_group.this.id
  description       = "The service's metrics"
  ip_protocol       = "tcp"
  from_port         = var.service_metrics_port
  to_port           = var.service_metrics_port
  cidr_ipv4         = var.vpc_cidr
}

resource "aws_instance" "this" {
  # checkov:skip=CKV_AWS_126: five-minute metrics are enough for the two alarms on it
  ami           = data.aws_ssm_parameter.ami.value
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  vpc_security_group_ids      = [aws_security_group.this.id]
  iam_instance_profile        = aws_iam_instance_profile.this.name
  associate_public_ip_address = false
  ebs_optimized               = true

  user_data_base64            = module.config.user_data_base64
  user_data_replace_on_change = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One more for Alertmanager, which asks for its credentials from within a container.
    http_put_response_hop_limit = 2
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 16
    encrypted   = true
  }

  tags = { Name = local.full_name }

  lifecycle {
    # A new image of Amazon Linux is no reason to restart; `-replace` takes the newest.
    ignore_changes = [ami]
  }

  depends_on = [aws_iam_role_policy_attachment.ssm]
}

# Private name

resource "aws_service_discovery_service" "this" {
  name = "prometheus"

  dns_config {
    namespace_id   = var.namespace_id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

resource "aws_service_discovery_instance" "this" {
  service_id  = aws_service_discovery_service.this.id
  instance_id = "prometheus"

  attributes = {
    AWS_INSTANCE_IPV4 = aws_instance.this.private_ip
  }
}

# Load balancer

locals {
  # A rule takes five condition values: the host and four sources.
  rules = merge([
    for port in var.ports : {
      for index, cidrs in chunklist(var.allowed_cidrs, 4) : "${port}-${var.listener_priority + index}" => {
        port     = port
        priority = var.listener_priority + index
        cidrs    = contains(cidrs, "0.0.0.0/0") ? [] : cidrs
      }
    }
  ]...)
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378: TLS ends at the load balancer; behind it are only security groups that let nothing but it in
  name_prefix = "prom-"
  vpc_id      = var.vpc_id
  target_type = "instance"
  protocol    = "HTTP"
  port        = 9090

  health_check {
    path                = "/-/ready"
    matcher             = "200"
    interval            = 30
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = local.full_name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "this" {
  target_group_arn = aws_lb_target_group.this.arn
  target_id        = aws_instance.this.id
  port             = 9090
}

resource "aws_lb_listener_rule" "this" {
  for_each = local.rules

  listener_arn = var.listener_arns[tostring(each.value.port)]
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  condition {
    host_header {
      values = [var.host_name]
    }
  }

  dynamic "condition" {
    for_each = length(each.value.cidrs) > 0 ? [each.value.cidrs] : []
    content {
      source_ip {
        values = condition.value
      }
    }
  }

  tags = { Name = local.full_name }
}
