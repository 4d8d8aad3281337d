output "instance_id" {
  description = "The instance, for `aws ssm start-session --target`."
  value       = aws_instance.this.id
}

output "volume_id" {
  description = "The volume with the data."
  value       = aws_ebs_volume.data.id
}

output "security_group_id" {
  description = "Prometheus' security group, which the service lets in."
  value       = aws_security_group.this.id
}

output "private_name" {
  description = "Prometheus' name within the namespace."
  value       = aws_service_discovery_service.this.name
}

output "target_group_arn_suffix" {
  description = "The target group, as CloudWatch names it."
  value       = aws_lb_target_group.this.arn_suffix
}
