variable "name" {
  description = "The load balancer's name and the prefix of what belongs to it; at most 32 characters."
  type        = string

  validation {
    condition     = length(var.name) <= 32 && can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.name))
    error_message = "At most 32 small letters, digits and hyphens."
  }
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's address range, to which the load balancer forwards."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets in at least two zones."
  type        = list(string)
}

variable "ports" {
  description = "Ports to listen on."
  type        = set(number)
  default     = [80, 3000, 9090]
}

variable "public_cidrs" {
  description = "Who may reach the page and the API."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "restricted_ports" {
  description = "Of the ports, those that are not open to public_cidrs, and to whom instead."
  type        = map(list(string))
  default     = { "9090" = [] }
}

variable "https" {
  description = "All listeners speak TLS and 80 redirects to 443; otherwise plain HTTP."
  type        = bool
  default     = false
}

variable "certificate_arn" {
  description = "The certificate, where https is wanted."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer until this is switched off."
  type        = bool
  default     = false
}

variable "access_log_retention_days" {
  description = "Days to keep access logs in a bucket; 0 for none."
  type        = number
  default     = 0
}
