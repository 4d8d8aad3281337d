variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "image" {
  description = "The image of deploy/docker/batch with its tag or digest."
  type        = string

  validation {
    condition     = can(regex("(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "Name a version (repository:tag or repository@sha256:...), and not latest."
  }
}

variable "image_repository_arn" {
  description = "The ECR repository that jobs may pull from; none for a public image."
  type        = string
  default     = null
}

variable "raw" {
  description = "Where the photos are: jobs may get objects there."
  type        = object({ bucket = string, prefix = optional(string, "") })
}

variable "safe" {
  description = "Where results go: jobs may put objects there."
  type        = object({ bucket = string, prefix = optional(string, "") })

  validation {
    condition     = var.safe.bucket != var.raw.bucket
    error_message = "Results go into a bucket of their own, so that who may read them may not read the photos."
  }
}

variable "job" {
  description = "Where plans and manifests are: jobs may get and put objects there. They name the photos, so the place is as private as these."
  type        = object({ bucket = string, prefix = optional(string, "") })

  validation {
    condition     = var.job.bucket != var.safe.bucket
    error_message = "The manifest holds names and hashes of photos: keep it out of the results' bucket."
  }
}

variable "kms_key_arns" {
  description = "Keys that the buckets are encrypted with, where they are KMS keys of your own."
  type        = list(string)
  default     = []
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets to run in, with a way to the registry and an S3 gateway endpoint: through NAT each gigabyte of photos is paid for."
  type        = list(string)
}

variable "use_spot" {
  description = "Run on spare capacity: about a third of the price; an interrupted shard is run again."
  type        = bool
  default     = true
}

variable "max_vcpus" {
  description = "Most virtual CPUs at work at once."
  type        = number
  default     = 64
}

variable "vcpus" {
  description = "Virtual CPUs of a child: 1, 2, 4, 8 or 16. A photo takes a core, so that many are worked on at once."
  type        = number
  default     = 2

  validation {
    condition     = contains([1, 2, 4, 8, 16], var.vcpus)
    error_message = "Fargate has 1, 2, 4, 8 or 16 virtual CPUs."
  }
}

variable "memory_mib" {
  description = "Memory of a child: 2048 to 8192 for one virtual CPU, 4096 to 16384 for two, and so on (AWS Fargate's sizes)."
  type        = number
  default     = 4096

  validation {
    condition     = var.memory_mib >= 2048 && var.memory_mib % 1024 == 0
    error_message = "Whole gibibytes, at least 2048."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64: what the image was built for. Spot capacity of ARM64 is scarcer."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "attempts" {
  description = "How often a shard is tried in all, 1 to 10."
  type        = number
  default     = 5

  validation {
    condition     = var.attempts >= 1 && var.attempts <= 10
    error_message = "AWS Batch tries 1 to 10 times."
  }
}

variable "attempt_timeout_seconds" {
  description = "Longest time for one attempt at a shard; then it is ended and counts as failed."
  type        = number
  default     = 7200
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
