output "topic_arn" {
  description = "The topic for alerts."
  value       = aws_sns_topic.alerts.arn
}

output "key_arn" {
  description = "The key that the topic is encrypted with."
  value       = aws_kms_key.alerts.arn
}
