variable "stack_name" {
  description = "Prefix of every name."
  type        = string
}

variable "name" {
  description = "The system's name: of the ECS service, the container and the private DNS record."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.name))
    error_message = "Small letters, digits and hyphens."
  }
}

variable "image" {
  description = "The image with its tag or digest."
  type        = string

  validation {
    condition     = can(regex("(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "Name a version (repository:tag or repository@sha256:...), and not latest."
  }
}

variable "image_repository_arn" {
  description = "The ECR repository that the tasks may pull from; none for a public image."
  type        = string
  default     = null
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

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets to run in."
  type        = list(string)
}

variable "load_balancer_security_group_id" {
  description = "The load balancer's security group."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "The load balancer, as autoscaling names it."
  type        = string
}

variable "listener_arns" {
  description = "The load balancer's listeners, by port."
  type        = map(string)
}

variable "listener_rules" {
  description = "Which requests come here: port, host names, path patterns (none: all) and source ranges (none: nobody). Priorities are unique on a port; leave ten free after each."
  type = list(object({
    port         = number
    priority     = number
    hosts        = list(string)
    paths        = optional(list(string), [])
    source_cidrs = optional(list(string), ["0.0.0.0/0"])
  }))

  validation {
    condition     = alltrue([for rule in var.listener_rules : length(rule.hosts) > 0 && length(rule.hosts) + length(rule.paths) < 5])
    error_message = "A rule needs a host, and takes five values in all: hosts, paths and at least one source."
  }
}

variable "container_port" {
  description = "The port that the load balancer talks to."
  type        = number
}

variable "extra_ports" {
  description = "Further ports of the container."
  type        = list(number)
  default     = []
}

variable "extra_ingress" {
  description = "Who else may come in: by name, a port and a security group."
  type        = map(object({ port = number, security_group_id = string }))
  default     = {}
}

variable "extra_egress" {
  description = "Where else tasks may go: by name, a port and a security group."
  type        = map(object({ port = number, security_group_id = string }))
  default     = {}
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Environment variables whose values are secrets, by the secret's ARN."
  type        = map(string)
  default     = {}
}

variable "writable_paths" {
  description = "Folders of the container that are writable; the rest of it is not. They start empty, with the owner that the image gives them, and end with the task."
  type        = list(string)
  default     = []
}

variable "file_systems" {
  description = "EFS file systems, by the folder that each is mounted at; what is written there outlives tasks."
  type        = map(object({ id = string, arn = string, access_point_id = string, access_point_arn = string }))
  default     = {}
}

variable "health_check_command" {
  description = "Run in the container; exit status 0 is healthy."
  type        = list(string)
}

variable "health_check_path" {
  description = "Asked by the load balancer; 200 is healthy."
  type        = string
}

variable "health_check_start_seconds" {
  description = "Time after a container's start in which its own check may fail; ECS allows 300 at most."
  type        = number
  default     = 30
}

variable "health_check_grace_seconds" {
  description = "Time after a task's start in which the load balancer's verdict does not count."
  type        = number
  default     = 60
}

variable "stop_timeout_seconds" {
  description = "Time between SIGTERM and SIGKILL; Fargate allows 120 at most."
  type        = number
  default     = 30

  validation {
    condition     = var.stop_timeout_seconds <= 120
    error_message = "Fargate allows 120 seconds at most."
  }
}

variable "deregistration_delay_seconds" {
  description = "Time for which the load balancer lets running requests of a leaving task finish."
  type        = number
  default     = 30
}

variable "cpu" {
  description = "CPU units of a task; 1024 is one virtual CPU."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate knows 256, 512, 1024, 2048, 4096, 8192 and 16384."
  }
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; the image must be for it."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "use_spot" {
  description = "Run on spare capacity, cheaper and taken away at two minutes' notice."
  type        = bool
  default     = false
}

variable "min_tasks" {
  description = "Fewest tasks."
  type        = number
  default     = 1
}

variable "max_tasks" {
  description = "Most tasks; equal to min_tasks: no autoscaling."
  type        = number
  default     = 1
}

variable "cpu_target_percent" {
  description = "Average CPU that autoscaling aims at."
  type        = number
  default     = 60
}

variable "requests_per_target_per_minute" {
  description = "Requests a minute and task that autoscaling aims at."
  type        = number
  default     = 600
}

variable "deployment_minimum_healthy_percent" {
  description = "Share of tasks that stays up during a rollout."
  type        = number
  default     = 100
}

variable "deployment_maximum_percent" {
  description = "Share of tasks, old and new, during a rollout."
  type        = number
  default     = 200
}

variable "wait_for_steady_state" {
  description = "Let apply wait until a rollout is done or taken back."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days to keep logs."
  type        = number
  default     = 30
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}

variable "sticky_seconds" {
  description = "Time for which the load balancer sends a client that keeps its cookie to the same task; 0: each request to the least busy one."
  type        = number
  default     = 0

  validation {
    condition     = var.sticky_seconds >= 0 && var.sticky_seconds <= 604800
    error_message = "A cookie holds for a week at most."
  }
}

variable "task_policies" {
  description = "What else the program itself may do: policies as JSON, by name."
  type        = map(string)
  default     = {}
}
