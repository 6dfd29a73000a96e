"""Files in a repository become AWS Service Catalog portfolios; teams launch what is in them."""
