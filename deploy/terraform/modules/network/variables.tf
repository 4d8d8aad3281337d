variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "cidr" {
  description = "The VPC's address range; a /16 to /22 leaves room for sixteen subnets."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 22
    error_message = "Give an IPv4 range from /16 to /22, such as 10.42.0.0/16."
  }
}

variable "zone_count" {
  description = "Availability zones to use; a load balancer needs two."
  type        = number
  default     = 2

  validation {
    condition     = var.zone_count >= 2 && var.zone_count <= 4 && floor(var.zone_count) == var.zone_count
    error_message = "Two to four zones."
  }
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone, so that one zone's failure leaves the others their way out, or a single one, which is cheaper."
  type        = bool
  default     = false
}

variable "flow_log_retention_days" {
  description = "Days for which refused connections are logged; 0 switches the log off."
  type        = number
  default     = 14
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
