"""What people read about the products, made from what is declared and rendered."""
