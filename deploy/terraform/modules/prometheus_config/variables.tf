variable "environment" {
  description = "Name of the environment: a label on everything that leaves this Prometheus."
  type        = string
}

variable "region" {
  description = "The region of the alerts' topic."
  type        = string
}

variable "service_discovery_name" {
  description = "The private name that lists the model service's tasks."
  type        = string
}

variable "service_metrics_port" {
  description = "The port of the service's /metrics."
  type        = number
}

variable "service_memory_limit_bytes" {
  description = "Memory of one task of the service."
  type        = number
}

variable "latency_p95_objective_seconds" {
  description = "The 95th percentile of processing time that an alert compares with."
  type        = number
}

variable "alert_topic_arn" {
  description = "The SNS topic for alerts."
  type        = string
}

variable "volume_id" {
  description = "The EBS volume with the data."
  type        = string
}

variable "volume_size_gib" {
  description = "Size of that volume."
  type        = number
}

variable "retention_days" {
  description = "Days to keep samples."
  type        = number
}

variable "prometheus_image" {
  description = "Prometheus' official image."
  type        = string
}

variable "alertmanager_image" {
  description = "Alertmanager's official image."
  type        = string
}

variable "external_url" {
  description = "The address that links in alerts begin with."
  type        = string
}
