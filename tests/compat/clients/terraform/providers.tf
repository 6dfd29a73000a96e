provider "aws" {
  s3_use_path_style = true
  default_tags {
    tags = { made-by = "terraform" }
  }
}
