output "cluster_arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.this.arn

  # A service can name a capacity provider only once the cluster has it.
  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "cluster_name" {
  description = "The cluster's name."
  value       = aws_ecs_cluster.this.name
}

output "namespace_id" {
  description = "The private DNS namespace."
  value       = aws_service_discovery_private_dns_namespace.this.id
}

output "namespace_name" {
  description = "The private DNS namespace's name."
  value       = aws_service_discovery_private_dns_namespace.this.name
}
