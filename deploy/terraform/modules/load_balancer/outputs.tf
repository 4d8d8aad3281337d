output "arn_suffix" {
  description = "The load balancer, as CloudWatch and autoscaling name it."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "The load balancer's own name."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "The zone of that name, for alias records."
  value       = aws_lb.this.zone_id
}

output "security_group_id" {
  description = "The group that targets let in."
  value       = aws_security_group.this.id
}

output "listener_arns" {
  description = "The listeners that take rules, by port."
  value       = { for port, listener in aws_lb_listener.this : port => listener.arn }
}

output "scheme" {
  description = "http or https."
  value       = local.tls ? "https" : "http"
}
