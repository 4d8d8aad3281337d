provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "face-privacy"
      Environment = "production"
      ManagedBy   = "terraform"
    }
  }
}

module "stack" {
  source = "../../modules/stack"

  environment = "production"

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

  # No zone depends on another, and who called when is known for a month.
  nat_gateway_per_zone      = true
  use_spot                  = false
  page_min_tasks            = 2
  page_max_tasks            = 4
  container_insights        = true
  log_retention_days        = 90
  access_log_retention_days = 30
  prometheus_retention_days = 90
}
