terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # Bucket and region come from backend.hcl, which `terraform init -backend-config=backend.hcl` reads and
  # the bootstrap prints. The lock is an object beside the state.
  backend "s3" {
    key          = "staging.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
