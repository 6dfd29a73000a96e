output "nothing" { value = "" }
