# One system on Fargate: task, roles, logs, target group, the load balancer's rules for its names,
# a private DNS name that lists every task, and autoscaling.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  full_name = "${var.stack_name}-${var.name}"

  # A rule takes five condition values in all, so a long list of sources becomes several rules.
  rules = merge([
    for rule in var.listener_rules : {
      for index, cidrs in chunklist(rule.source_cidrs, 5 - length(rule.hosts) - length(rule.paths)) :
      "${rule.port}-${rule.priority + index}" => {
        listener_arn = var.listener_arns[tostring(rule.port)]
        priority     = rule.priority + index
        hosts        = rule.hosts
        paths        = rule.paths
        # "From anywhere" is no condition.
        cidrs = contains(cidrs, "0.0.0.0/0") ? [] : cidrs
      }
    }
  ]...)

  ingress = merge(
    {
      "load balancer" = { port = var.container_port, security_group_id = var.load_balancer_security_group_id }
    },
    var.extra_ingress,
  )
}

# Logs

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: CloudWatch encrypts at rest with its own key; the logs hold no photo, name or option value
  # checkov:skip=CKV_AWS_338: retention is a variable; request logs need not be kept for a year
  name              = "/${var.stack_name}/${var.name}"
  retention_in_days = var.log_retention_days
}

# Roles: the execution role fetches image and secrets and writes logs before the task runs; the task
# role is what the program itself may do, which is nothing but to reach the file systems and the bucket it was given.

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

  dynamic "statement" {
    for_each = length(var.secrets) > 0 ? [values(var.secrets)] : []
    content {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${local.full_name}-execution"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-task"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  name                 = "${local.full_name}-task"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "file_systems" {
  count = length(var.file_systems) > 0 ? 1 : 0

  name   = "use-file-systems"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.file_systems.json
}

data "aws_iam_policy_document" "file_systems" {
  dynamic "statement" {
    for_each = var.file_systems
    content {
      actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      resources = [statement.value.arn]
      condition {
        test     = "StringEquals"
        variable = "elasticfilesystem:AccessPointArn"
        values   = [statement.value.access_point_arn]
      }
    }
  }
}

resource "aws_iam_role_policy" "program" {
  for_each = var.task_policies

  name   = each.key
  role   = aws_iam_role.task.id
  policy = each.value
}

# Network

resource "aws_security_group" "this" {
  name_prefix = "${local.full_name}-"
  description = "Tasks of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = local.full_name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.ingress

  security_group_id            = aws_security_group.this.id
  description                  = "From ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = each.value.security_group_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Registry, logs and secrets"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "extra" {
  for_each = var.extra_egress

  security_group_id            = aws_security_group.this.id
  description                  = "To ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = each.value.security_group_id
}

# Task

resource "aws_ecs_task_definition" "this" {
  # checkov:skip=CKV_AWS_336: every container's root file system is read-only; the check cannot read jsonencode
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = var.writable_paths
    content {
      name = trim(replace(volume.value, "/", "-"), "-")
    }
  }

  dynamic "volume" {
    for_each = var.file_systems
    content {
      name = trim(replace(volume.key, "/", "-"), "-")
      efs_volume_configuration {
        file_system_id     = volume.value.id
        transit_encryption = "ENABLED"
        authorization_config {
          access_point_id = volume.value.access_point_id
          iam             = "ENABLED"
        }
      }
    }
  }

  container_definitions = jsonencode([
    {
      name                   = var.name
      image                  = var.image
      essential              = true
      readonlyRootFilesystem = true
      privileged             = false
      stopTimeout            = var.stop_timeout_seconds
      portMappings           = [for port in concat([var.container_port], var.extra_ports) : { containerPort = port, hostPort = port, protocol = "tcp" }]
      environment            = [for key in sort(keys(var.environment)) : { name = key, value = var.environment[key] }]
      secrets                = [for key in sort(keys(var.secrets)) : { name = key, valueFrom = var.secrets[key] }]
      mountPoints = [
        for path in concat(var.writable_paths, keys(var.file_systems)) :
        { sourceVolume = trim(replace(path, "/", "-"), "-"), containerPath = path, readOnly = false }
      ]
      # An init process, so that nothing is left behind, and no new capabilities.
      linuxParameters = {
        initProcessEnabled = true
        capabilities       = { add = [], drop = ["ALL"] }
      }
      healthCheck = {
        command     = var.health_check_command
        interval    = 15
        timeout     = 5
        retries     = 3
        startPeriod = var.health_check_start_seconds
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.this.name
          awslogs-region        = data.aws_region.current.region
          awslogs-stream-prefix = var.name
          # Rather lose a log line than hold up a request.
          mode            = "non-blocking"
          max-buffer-size = "4m"
        }
      }
    }
  ])
}

# Load balancer

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378: TLS ends at the load balancer; behind it are only security groups that let nothing but it in
  name_prefix = substr(var.name, 0, 6)
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = var.container_port

  # A photo takes as long as it takes: the least busy task is the better choice.
  load_balancing_algorithm_type = "least_outstanding_requests"

  # Whoever has begun something that one task alone knows comes back to it, by a cookie.
  stickiness {
    type            = "lb_cookie"
    enabled         = var.sticky_seconds > 0
    cookie_duration = max(1, var.sticky_seconds)
  }

  # As long as the program takes to drain after SIGTERM, which it gets afterwards.
  deregistration_delay = var.deregistration_delay_seconds

  health_check {
    path                = var.health_check_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = local.full_name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each = local.rules

  listener_arn = each.value.listener_arn
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  condition {
    host_header {
      values = each.value.hosts
    }
  }

  dynamic "condition" {
    for_each = length(each.value.paths) > 0 ? [each.value.paths] : []
    content {
      path_pattern {
        values = condition.value
      }
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

# Private DNS: one A record for each task that runs, so that Prometheus asks each for its own
# counters and not the load balancer for anybody's.

resource "aws_service_discovery_service" "this" {
  name = var.name

  dns_config {
    namespace_id   = var.namespace_id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }

  # ECS takes a task's address out when the task stops.
  force_destroy = true
}

# Service

resource "aws_ecs_service" "this" {
  # checkov:skip=CKV_AWS_332: the platform version is the newest unless somebody pins it
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.min_tasks

  # A change is rolled out task by task with all of the old capacity in place, and taken back when
  # the new tasks do not become healthy.
  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  health_check_grace_period_seconds = var.health_check_grace_seconds

  # `apply` waits until the rollout is done, so that a bad version is a failed apply.
  wait_for_steady_state = var.wait_for_steady_state

  # Without it the provider refuses to move tasks from spare capacity to full and back. By itself it changes nothing.
  force_new_deployment = true

  enable_execute_command  = false
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  capacity_provider_strategy {
    capacity_provider = var.use_spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = var.name
    container_port   = var.container_port
  }

  service_registries {
    registry_arn = aws_service_discovery_service.this.arn
  }

  lifecycle {
    # Autoscaling's from here on.
    ignore_changes = [desired_count]
  }

  # A service is refused while its target group hangs on no load balancer, and cannot start without
  # its rights.
  depends_on = [aws_lb_listener_rule.this, aws_iam_role_policy.execution, aws_iam_role_policy.file_systems, aws_iam_role_policy.program]
}

# Autoscaling: whichever of the two asks for more tasks wins.

resource "aws_appautoscaling_target" "this" {
  count = var.max_tasks > var.min_tasks ? 1 : 0

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster_name}/${aws_ecs_service.this.name}"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
}

resource "aws_appautoscaling_policy" "cpu" {
  count = length(aws_appautoscaling_target.this)

  name               = "${local.full_name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.cpu_target_percent
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "requests" {
  count = length(aws_appautoscaling_target.this)

  name               = "${local.full_name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.requests_per_target_per_minute
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${var.load_balancer_arn_suffix}/${aws_lb_target_group.this.arn_suffix}"
    }
  }
}
