output "urls" {
  description = "Where the systems are."
  value       = module.stack.urls
}

output "load_balancer_dns_name" {
  description = "The load balancer's own name, for a look before the records have spread."
  value       = module.stack.load_balancer_dns_name
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = module.stack.cluster_name
}

output "prometheus_instance_id" {
  description = "For `aws ssm start-session --target`."
  value       = module.stack.prometheus_instance_id
}

output "prometheus_volume_id" {
  description = "The volume with Prometheus' data."
  value       = module.stack.prometheus_volume_id
}

output "grafana_secret_arn" {
  description = "Where the administrator's password is."
  value       = module.stack.grafana_secret_arn
}

output "log_groups" {
  description = "Where the logs are."
  value       = module.stack.log_groups
}

output "feedback_place" {
  description = "The bucket with corrections, as `face-privacy feedback --feedback` takes it; none where none are taken."
  value       = module.stack.feedback_place
}

output "mlflow_secret_arn" {
  description = "Where the password of MLflow's user admin is; none without MLflow."
  value       = module.stack.mlflow_secret_arn
}

output "mlflow_file_system_id" {
  description = "The file system with MLflow's database and artifacts; none without MLflow."
  value       = module.stack.mlflow_file_system_id
}
