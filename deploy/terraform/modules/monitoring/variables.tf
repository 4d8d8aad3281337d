variable "stack_name" {
  description = "Prefix of every name."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "alert_emails" {
  description = "Who gets alerts by e-mail; each has to confirm the subscription once."
  type        = set(string)
  default     = []
}

variable "load_balancer_arn_suffix" {
  description = "The load balancer, as CloudWatch names it."
  type        = string
}

variable "target_groups" {
  description = "The target groups, as CloudWatch names them, by system."
  type        = map(string)
}

variable "prometheus_instance_id" {
  description = "Prometheus' instance."
  type        = string
}
