output "urls" {
  description = "Where the systems are."
  value       = local.url
}

output "load_balancer_dns_name" {
  description = "The load balancer's own name, for a look before the records have spread."
  value       = module.load_balancer.dns_name
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = module.cluster.cluster_name
}

output "prometheus_instance_id" {
  description = "For `aws ssm start-session --target`."
  value       = module.prometheus.instance_id
}

output "prometheus_volume_id" {
  description = "The volume with Prometheus' data."
  value       = module.prometheus.volume_id
}

output "grafana_secret_arn" {
  description = "Where the administrator's password is."
  value       = aws_secretsmanager_secret.grafana.arn
}

output "log_groups" {
  description = "Where the logs are."
  value       = concat([module.service.log_group_name, module.page.log_group_name, module.grafana.log_group_name], module.mlflow[*].log_group_name)
}

output "feedback_place" {
  description = "The bucket with corrections, as `face-privacy feedback --feedback` takes it; none where none are taken."
  value       = one(module.feedback_bucket[*].place)
}

output "mlflow_secret_arn" {
  description = "Where the password of MLflow's user admin is; none without MLflow."
  value       = one(module.mlflow[*].admin_secret_arn)
}

output "mlflow_file_system_id" {
  description = "The file system with MLflow's database and artifacts; none without MLflow."
  value       = one(module.mlflow[*].file_system_id)
}
