variable "name" {
  description = "The cluster's name; the private zone is <name>.internal."
  type        = string
}

variable "vpc_id" {
  description = "The VPC in which the private zone is seen."
  type        = string
}

variable "container_insights" {
  description = "CloudWatch's own metrics for each task; they are billed as custom metrics."
  type        = bool
  default     = true
}
