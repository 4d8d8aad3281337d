output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "The VPC's address range."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Subnets with a way in: the load balancer's."
  value       = aws_subnet.public[*].id
}

output "private_subnet_ids" {
  description = "Subnets without a way in, one in each zone."
  value       = aws_subnet.private[*].id

  # Nothing may start in these subnets before it can reach the registry.
  depends_on = [aws_route.private_internet, aws_route_table_association.private]
}

output "zones" {
  description = "The zones in use, in the subnets' order."
  value       = local.zones
}
