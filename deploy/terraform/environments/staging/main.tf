provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "face-privacy"
      Environment = "staging"
      ManagedBy   = "terraform"
    }
  }
}

module "stack" {
  source = "../../modules/stack"

  environment = "staging"

  domain                         = var.domain
  zone_name                      = var.zone_name
  https                          = var.https
  prometheus_allowed_cidrs       = var.prometheus_allowed_cidrs
  grafana_allowed_cidrs          = var.grafana_allowed_cidrs
  alert_emails                   = var.alert_emails
  service_image                  = var.service_image
  page_image                     = var.page_image
  grafana_image                  = var.grafana_image
  grafana_password_version       = var.grafana_password_version
  feedback_enabled               = var.feedback_enabled
  feedback_days                  = var.feedback_days
  feedback_crop_days             = var.feedback_crop_days
  feedback_crop_public_key       = var.feedback_crop_public_key
  mlflow_enabled                 = var.mlflow_enabled
  mlflow_image                   = var.mlflow_image
  mlflow_allowed_cidrs           = var.mlflow_allowed_cidrs
  mlflow_password_version        = var.mlflow_password_version
  mlflow_model                   = var.mlflow_model
  mlflow_model_public_key        = var.mlflow_model_public_key
  prometheus_restore_snapshot_id = var.prometheus_restore_snapshot_id
  cpu_architecture               = var.cpu_architecture
  deletion_protection            = var.deletion_protection
  permissions_boundary_arn       = var.permissions_boundary_arn
  prometheus_volume_size_gib     = var.prometheus_volume_size_gib
  service_min_tasks              = var.service_min_tasks
  service_max_tasks              = var.service_max_tasks
  weights                        = var.weights

  # Small and cheap: one zone's NAT for both, spare capacity, short logs.
  nat_gateway_per_zone      = false
  use_spot                  = true
  page_min_tasks            = 1
  page_max_tasks            = 2
  container_insights        = false
  log_retention_days        = 7
  prometheus_retention_days = 15
}
