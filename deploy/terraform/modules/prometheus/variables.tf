variable "stack_name" {
  description = "Prefix of every name."
  type        = string
}

variable "environment" {
  description = "Name of the environment: a label on everything that leaves this Prometheus."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's address range, in which tasks are scraped."
  type        = string
}

variable "subnet_id" {
  description = "A private subnet in the volume's zone."
  type        = string
}

variable "availability_zone" {
  description = "The zone of subnet and volume: a volume can be attached in its own zone only."
  type        = string
}

variable "namespace_id" {
  description = "The private DNS namespace."
  type        = string
}

variable "ingress_security_groups" {
  description = "Who may ask Prometheus, by name: security groups."
  type        = map(string)
}

variable "listener_arns" {
  description = "The load balancer's listeners, by port."
  type        = map(string)
}

variable "ports" {
  description = "The listeners on which Prometheus is reached."
  type        = list(number)
  default     = [9090]
}

variable "listener_priority" {
  description = "Priority of the first rule; further ones follow where there are many sources."
  type        = number
  default     = 500
}

variable "host_name" {
  description = "The name under which Prometheus is reached."
  type        = string
}

variable "external_url" {
  description = "The address that links in alerts begin with."
  type        = string
}

variable "allowed_cidrs" {
  description = "Who may reach Prometheus from outside; it has no login of its own."
  type        = list(string)
  default     = []
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
  description = "Memory of one task of the service, which an alert compares with."
  type        = number
}

variable "latency_p95_objective_seconds" {
  description = "The 95th percentile of processing time that an alert compares with."
  type        = number
  default     = 1
}

variable "alert_topic_arn" {
  description = "The SNS topic for alerts."
  type        = string
}

variable "alert_key_arn" {
  description = "The key that the topic is encrypted with."
  type        = string
}

variable "cpu_architecture" {
  description = "x86_64 or arm64; must fit the instance type."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.cpu_architecture)
    error_message = "x86_64 or arm64."
  }
}

variable "instance_type" {
  description = "The instance's type."
  type        = string
  default     = "t4g.small"
}

variable "prometheus_image" {
  description = "Prometheus' official image."
  type        = string
}

variable "alertmanager_image" {
  description = "Alertmanager's official image."
  type        = string
}

variable "volume_size_gib" {
  description = "Size of the data volume."
  type        = number
  default     = 20

  validation {
    condition     = var.volume_size_gib >= 8
    error_message = "At least 8 GiB."
  }
}

variable "retention_days" {
  description = "Days to keep samples; sooner where the volume is 80 % full."
  type        = number
  default     = 60
}

variable "snapshot_count" {
  description = "Daily snapshots to keep."
  type        = number
  default     = 7
}

variable "final_snapshot" {
  description = "Leave a snapshot when the volume is destroyed."
  type        = bool
  default     = true
}

variable "restore_snapshot_id" {
  description = "Make the volume from this snapshot; looked at only when the volume is made."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
