variable "stack_name" {
  description = "Prefix of every name."
  type        = string
}

variable "image" {
  description = "The MLflow image with its tag or digest."
  type        = string
}

variable "image_repository_arn" {
  description = "The ECR repository that the task may pull from; none for a public image."
  type        = string
  default     = null
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; the image must be for it."
  type        = string
  default     = "X86_64"
}

variable "use_spot" {
  description = "Run on spare capacity."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days to keep the task's logs."
  type        = number
  default     = 30
}

variable "password_version" {
  description = "Raise it for new passwords."
  type        = number
  default     = 1
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets to run in, one in each zone."
  type        = list(string)
}

variable "zone_count" {
  description = "How many subnets there are; told apart, since the plan knows nothing of them before they are made."
  type        = number
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "cluster_name" {
  description = "The cluster's name."
  type        = string
}

variable "namespace_id" {
  description = "The private DNS namespace."
  type        = string
}

variable "private_name" {
  description = "MLflow's name within the VPC."
  type        = string
}

variable "host_name" {
  description = "The name under which MLflow is reached."
  type        = string
}

variable "ports" {
  description = "The listeners on which MLflow is reached."
  type        = list(number)
  default     = [5000]
}

variable "listener_priority" {
  description = "Priority of the first rule; further ones follow where there are many sources."
  type        = number
  default     = 600
}

variable "allowed_cidrs" {
  description = "Who may reach MLflow's login from outside."
  type        = list(string)
}

variable "listener_arns" {
  description = "The load balancer's listeners, by port."
  type        = map(string)
}

variable "load_balancer_security_group_id" {
  description = "The load balancer's security group."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "The load balancer, as autoscaling names it."
  type        = string
}

variable "service_security_group_id" {
  description = "The model service's security group, which may ask for weights."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
