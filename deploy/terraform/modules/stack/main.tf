# All systems of one environment:
#   api.<domain>:3000         the model service, on Fargate
#   www.<domain>:80           the page, on Fargate
#   prometheus.<domain>:9090  Prometheus, on an instance with a volume
#   grafana.<domain>:3000     Grafana, on Fargate
#   mlflow.<domain>:5000      MLflow, on Fargate with a file system, where it is wanted
# With https the same ports speak TLS, and 443 takes all names.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_route53_zone" "this" {
  name         = coalesce(var.zone_name, var.domain)
  private_zone = false
}

locals {
  stack_name = "${var.name}-${var.environment}"

  host = { for system in keys(local.ports) : system => "${system}.${var.domain}" }

  service_port         = 3000
  service_metrics_port = 9464
  page_port            = 8080
  grafana_port         = 3000
  mlflow_port          = 5000

  # The ports of the mission, and 443 for everything where there is a certificate.
  ports = merge(
    { api = 3000, www = 80, prometheus = 9090, grafana = 3000 },
    var.mlflow_enabled ? { mlflow = local.mlflow_port } : {},
  )
  scheme_ports = {
    for system, port in local.ports : system =>
    var.https ? distinct([port == 80 ? 443 : port, 443]) : [port]
  }
  url = { for system, port in local.ports : system => var.https ? "https://${local.host[system]}" : "http://${local.host[system]}:${port}" }

  # Nobody's address (RFC 5737). It stands where nobody may come, since a rule there has to be: ECS refuses
  # a service whose target group hangs on no listener, and without one there are no health checks.
  nobody             = ["192.0.2.1/32"]
  prometheus_sources = coalescelist(var.prometheus_allowed_cidrs, local.nobody)
  grafana_sources    = coalescelist(var.grafana_allowed_cidrs, local.nobody)
  mlflow_sources     = coalescelist(var.mlflow_allowed_cidrs, local.nobody)

  # Where the service asks MLflow for weights. A task knows no signal but its end: new weights come with new tasks.
  pulls_weights = var.mlflow_enabled && var.mlflow_model != null
  weights_environment = local.pulls_weights ? {
    FACE_PRIVACY_MODEL          = var.mlflow_model
    FACE_PRIVACY_MODEL_KEY      = var.mlflow_model_public_key
    FACE_PRIVACY_MLFLOW         = "http://mlflow.${module.cluster.namespace_name}:${local.mlflow_port}"
    FACE_PRIVACY_MLFLOW_TIMEOUT = "20"
    MLFLOW_TRACKING_USERNAME    = "reader"
  } : { FACE_PRIVACY_WEIGHTS = var.weights }

  feedback_environment = merge(
    var.feedback_enabled ? {
      FACE_PRIVACY_FEEDBACK           = module.feedback_bucket[0].place
      FACE_PRIVACY_FEEDBACK_DAYS      = tostring(var.feedback_days)
      FACE_PRIVACY_FEEDBACK_CROP_DAYS = tostring(var.feedback_crop_days)
    } : {},
    var.feedback_enabled && var.feedback_crop_public_key != "" ? { FACE_PRIVACY_FEEDBACK_KEY = trimspace(var.feedback_crop_public_key) } : {},
  )

  # An ECR image, and only that, needs rights to be pulled; account and region may be others'.
  ecr_image = "^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([^:@]+)"
  repository_arn = {
    for name, image in { service = var.service_image, page = var.page_image, grafana = var.grafana_image, mlflow = coalesce(var.mlflow_image, "none") } : name =>
    can(regex(local.ecr_image, image)) ? format(
      "arn:%s:ecr:%s:%s:repository/%s", data.aws_partition.current.partition,
      regex(local.ecr_image, image)[1], regex(local.ecr_image, image)[0], regex(local.ecr_image, image)[2],
    ) : null
  }
}

module "network" {
  source = "../network"

  name                 = local.stack_name
  cidr                 = var.vpc_cidr
  zone_count           = var.zone_count
  nat_gateway_per_zone = var.nat_gateway_per_zone

  permissions_boundary_arn = var.permissions_boundary_arn
}

module "certificate" {
  source = "../certificate"
  count  = var.https ? 1 : 0

  names   = values(local.host)
  zone_id = data.aws_route53_zone.this.zone_id
}

module "load_balancer" {
  source = "../load_balancer"

  name         = local.stack_name
  vpc_id       = module.network.vpc_id
  vpc_cidr     = module.network.vpc_cidr
  subnet_ids   = module.network.public_subnet_ids
  ports        = toset(values(local.ports))
  public_cidrs = var.public_cidrs
  restricted_ports = {
    (tostring(local.ports.prometheus)) = var.prometheus_allowed_cidrs
    (tostring(local.mlflow_port))      = var.mlflow_allowed_cidrs
  }
  https                     = var.https
  certificate_arn           = one(module.certificate[*].certificate_arn)
  deletion_protection       = var.deletion_protection
  access_log_retention_days = var.access_log_retention_days
}

module "dns" {
  source = "../dns"

  zone_id                = data.aws_route53_zone.this.zone_id
  names                  = values(local.host)
  load_balancer_dns_name = module.load_balancer.dns_name
  load_balancer_zone_id  = module.load_balancer.zone_id
}

module "cluster" {
  source = "../ecs_cluster"

  name               = local.stack_name
  vpc_id             = module.network.vpc_id
  container_insights = var.container_insights
}

# api.<domain>, and /api/ under the page's name, so that a browser on the page sees one origin and
# photos do not pass through nginx.
module "service" {
  source = "../ecs_service"

  stack_name           = local.stack_name
  name                 = "service"
  image                = var.service_image
  image_repository_arn = local.repository_arn.service
  cpu_architecture     = var.cpu_architecture
  cpu                  = var.service_cpu
  memory               = var.service_memory
  min_tasks            = var.service_min_tasks
  max_tasks            = var.service_max_tasks
  use_spot             = var.use_spot
  log_retention_days   = var.log_retention_days

  requests_per_target_per_minute = var.service_requests_per_target_per_minute

  container_port = local.service_port
  extra_ports    = [local.service_metrics_port]
  environment = merge({
    FACE_PRIVACY_METRICS_PORT = tostring(local.service_metrics_port)
    # One photo for each virtual CPU; a fraction still works on one.
    FACE_PRIVACY_THREADS = tostring(max(1, floor(var.service_cpu / 1024)))
    # Clips lie in memory: an eighth of the task's.
    FACE_PRIVACY_VIDEO_BYTES = "${floor(var.service_memory / 8)}MiB"
  }, local.weights_environment, local.feedback_environment, var.service_environment)
  task_policies              = var.feedback_enabled ? { keep-corrections = module.feedback_bucket[0].task_policy } : {}
  secrets                    = local.pulls_weights ? { MLFLOW_TRACKING_PASSWORD = module.mlflow[0].reader_secret_arn } : {}
  health_check_command       = ["CMD", "/usr/local/bin/healthcheck"]
  health_check_path          = "/readyz"
  health_check_grace_seconds = 60

  # A clip's job, and a photo that is held, live in the task that took them; as long as jobs that nobody asks
  # for are kept.
  sticky_seconds = 3600

  extra_ingress = {
    Prometheus = { port = local.service_metrics_port, security_group_id = module.prometheus.security_group_id }
  }

  extra_egress = {
    for name, group in { MLflow = one(module.mlflow[*].security_group_id) } :
    name => { port = local.mlflow_port, security_group_id = group } if local.pulls_weights
  }

  listener_rules = concat(
    [for port in local.scheme_ports.api : { port = port, priority = 100, hosts = [local.host.api], source_cidrs = var.public_cidrs }],
    [for port in local.scheme_ports.www : { port = port, priority = 200, hosts = [local.host.www], paths = ["/api/*"], source_cidrs = var.public_cidrs }],
  )
  listener_arns                   = module.load_balancer.listener_arns
  load_balancer_security_group_id = module.load_balancer.security_group_id
  load_balancer_arn_suffix        = module.load_balancer.arn_suffix
  cluster_arn                     = module.cluster.cluster_arn
  cluster_name                    = module.cluster.cluster_name
  namespace_id                    = module.cluster.namespace_id
  vpc_id                          = module.network.vpc_id
  subnet_ids                      = module.network.private_subnet_ids

  permissions_boundary_arn = var.permissions_boundary_arn
}

module "page" {
  source = "../ecs_service"

  stack_name           = local.stack_name
  name                 = "page"
  image                = var.page_image
  image_repository_arn = local.repository_arn.page
  cpu_architecture     = var.cpu_architecture
  cpu                  = 256
  memory               = 512
  min_tasks            = var.page_min_tasks
  max_tasks            = var.page_max_tasks
  use_spot             = var.use_spot
  log_retention_days   = var.log_retention_days

  # Static files: thousands of requests a minute are no work.
  requests_per_target_per_minute = 6000

  container_port = local.page_port
  # The load balancer takes /api/ to the service before it comes here; the name is for nginx, which
  # wants one.
  environment          = { FACE_PRIVACY_UPSTREAM = "http://service.${module.cluster.namespace_name}:${local.service_port}" }
  writable_paths       = ["/tmp"]
  health_check_command = ["CMD", "/usr/local/bin/healthcheck"]
  health_check_path    = "/healthz"

  listener_rules = [
    for port in local.scheme_ports.www : { port = port, priority = 300, hosts = [local.host.www], source_cidrs = var.public_cidrs }
  ]
  listener_arns                   = module.load_balancer.listener_arns
  load_balancer_security_group_id = module.load_balancer.security_group_id
  load_balancer_arn_suffix        = module.load_balancer.arn_suffix
  cluster_arn                     = module.cluster.cluster_arn
  cluster_name                    = module.cluster.cluster_name
  namespace_id                    = module.cluster.namespace_id
  vpc_id                          = module.network.vpc_id
  subnet_ids                      = module.network.private_subnet_ids

  permissions_boundary_arn = var.permissions_boundary_arn
}

# Grafana keeps nothing: data source and dashboards come with the image, the administrator's password
# from Secrets Manager each time it starts.
module "grafana" {
  source = "../ecs_service"

  stack_name           = local.stack_name
  name                 = "grafana"
  image                = var.grafana_image
  image_repository_arn = local.repository_arn.grafana
  cpu_architecture     = var.cpu_architecture
  cpu                  = 512
  memory               = 1024
  use_spot             = var.use_spot
  log_retention_days   = var.log_retention_days

  # Two at a time would each have their own sessions: stop the old one first.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  container_port = local.grafana_port
  environment = {
    GF_SERVER_ROOT_URL        = local.url.grafana
    GF_SECURITY_COOKIE_SECURE = tostring(var.https)
    FACE_PRIVACY_PROMETHEUS   = "http://prometheus.${module.cluster.namespace_name}:9090"
  }
  secrets              = { GF_SECURITY_ADMIN_PASSWORD = aws_secretsmanager_secret.grafana.arn }
  writable_paths       = ["/var/lib/grafana", "/tmp"]
  health_check_command = ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:${local.grafana_port}/api/health || exit 1"]
  health_check_path    = "/api/health"

  extra_egress = {
    Prometheus = { port = 9090, security_group_id = module.prometheus.security_group_id }
  }

  listener_rules = [
    for port in local.scheme_ports.grafana : { port = port, priority = 400, hosts = [local.host.grafana], source_cidrs = local.grafana_sources }
  ]
  listener_arns                   = module.load_balancer.listener_arns
  load_balancer_security_group_id = module.load_balancer.security_group_id
  load_balancer_arn_suffix        = module.load_balancer.arn_suffix
  cluster_arn                     = module.cluster.cluster_arn
  cluster_name                    = module.cluster.cluster_name
  namespace_id                    = module.cluster.namespace_id
  vpc_id                          = module.network.vpc_id
  subnet_ids                      = module.network.private_subnet_ids

  permissions_boundary_arn = var.permissions_boundary_arn
}

# The password is made by AWS and written without passing through Terraform's state. A higher version
# makes a new one.
ephemeral "aws_secretsmanager_random_password" "grafana" {
  password_length     = 32
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "grafana" {
  # checkov:skip=CKV_AWS_149: encrypted with the account's Secrets Manager key
  # checkov:skip=CKV2_AWS_57: rotated by raising a version, as the guide says, since Grafana reads it only when it starts
  name_prefix             = "${local.stack_name}-grafana-admin-"
  description             = "Password of Grafana's user admin"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "grafana" {
  secret_id                = aws_secretsmanager_secret.grafana.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.grafana.random_password
  secret_string_wo_version = var.grafana_password_version
}

module "prometheus" {
  source = "../prometheus"

  stack_name        = local.stack_name
  environment       = var.environment
  vpc_id            = module.network.vpc_id
  vpc_cidr          = module.network.vpc_cidr
  subnet_id         = module.network.private_subnet_ids[0]
  availability_zone = module.network.zones[0]
  namespace_id      = module.cluster.namespace_id

  ingress_security_groups = {
    "load balancer" = module.load_balancer.security_group_id
    "Grafana"       = module.grafana.security_group_id
  }

  listener_arns = module.load_balancer.listener_arns
  ports         = local.scheme_ports.prometheus
  host_name     = local.host.prometheus
  external_url  = local.url.prometheus
  allowed_cidrs = local.prometheus_sources

  service_discovery_name        = "service.${module.cluster.namespace_name}"
  service_metrics_port          = local.service_metrics_port
  service_memory_limit_bytes    = var.service_memory * 1024 * 1024
  latency_p95_objective_seconds = var.latency_p95_objective_seconds
  alert_topic_arn               = module.monitoring.topic_arn
  alert_key_arn                 = module.monitoring.key_arn

  instance_type       = var.prometheus_instance_type
  cpu_architecture    = var.prometheus_cpu_architecture
  prometheus_image    = var.prometheus_image
  alertmanager_image  = var.alertmanager_image
  volume_size_gib     = var.prometheus_volume_size_gib
  retention_days      = var.prometheus_retention_days
  snapshot_count      = var.prometheus_snapshot_count
  final_snapshot      = var.prometheus_final_snapshot
  restore_snapshot_id = var.prometheus_restore_snapshot_id

  permissions_boundary_arn = var.permissions_boundary_arn
}

# What evaluations measured, and weights by name. Nothing else needs it: the service goes on without it.
# Where corrections are kept

module "feedback_bucket" {
  source = "../feedback_bucket"
  count  = var.feedback_enabled ? 1 : 0

  stack_name     = local.stack_name
  keep_days      = var.feedback_days
  keep_crop_days = var.feedback_crop_days
}

module "mlflow" {
  source = "../mlflow"
  count  = var.mlflow_enabled ? 1 : 0

  stack_name           = local.stack_name
  image                = var.mlflow_image
  image_repository_arn = local.repository_arn.mlflow
  cpu_architecture     = var.cpu_architecture
  log_retention_days   = var.log_retention_days
  password_version     = var.mlflow_password_version

  private_name  = "mlflow.${module.cluster.namespace_name}"
  host_name     = local.host.mlflow
  ports         = local.scheme_ports.mlflow
  allowed_cidrs = local.mlflow_sources

  service_security_group_id       = module.service.security_group_id
  listener_arns                   = module.load_balancer.listener_arns
  load_balancer_security_group_id = module.load_balancer.security_group_id
  load_balancer_arn_suffix        = module.load_balancer.arn_suffix
  cluster_arn                     = module.cluster.cluster_arn
  cluster_name                    = module.cluster.cluster_name
  namespace_id                    = module.cluster.namespace_id
  vpc_id                          = module.network.vpc_id
  subnet_ids                      = module.network.private_subnet_ids
  zone_count                      = var.zone_count

  permissions_boundary_arn = var.permissions_boundary_arn
}

module "monitoring" {
  source = "../monitoring"

  stack_name               = local.stack_name
  region                   = data.aws_region.current.region
  alert_emails             = var.alert_emails
  load_balancer_arn_suffix = module.load_balancer.arn_suffix
  prometheus_instance_id   = module.prometheus.instance_id
  target_groups = merge(
    {
      service    = module.service.target_group_arn_suffix
      page       = module.page.target_group_arn_suffix
      grafana    = module.grafana.target_group_arn_suffix
      prometheus = module.prometheus.target_group_arn_suffix
    },
    { for name in var.mlflow_enabled ? ["mlflow"] : [] : name => module.mlflow[0].target_group_arn_suffix },
  )
}
