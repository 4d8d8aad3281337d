variable "region" {
  description = "The region of the buckets: reading from another is paid by the gigabyte."
  type        = string
}

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "face-privacy"
}

variable "image" {
  description = "The image of deploy/docker/batch with its tag or digest."
  type        = string
}

variable "raw" {
  description = "Where the photos are: jobs may get objects there."
  type        = object({ bucket = string, prefix = optional(string, "") })
}

variable "safe" {
  description = "Where results go, a bucket of their own: jobs may put objects there."
  type        = object({ bucket = string, prefix = optional(string, "") })
}

variable "job" {
  description = "Where plans and manifests are, as private as the photos: jobs may get and put objects there."
  type        = object({ bucket = string, prefix = optional(string, "") })
}

variable "kms_key_arns" {
  description = "Keys that the buckets are encrypted with, where they are KMS keys of your own."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "The address range of the VPC made for it; a child takes an address."
  type        = string
  default     = "10.43.0.0/16"
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
  description = "Virtual CPUs of a child: 1, 2, 4, 8 or 16."
  type        = number
  default     = 2
}

variable "memory_mib" {
  description = "Memory of a child, in the sizes that AWS Fargate has for its virtual CPUs."
  type        = number
  default     = 4096
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64: what the image was built for."
  type        = string
  default     = "X86_64"
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
