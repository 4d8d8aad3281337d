output "names" {
  description = "The names that were made."
  value       = [for record in aws_route53_record.this : record.fqdn]
}
