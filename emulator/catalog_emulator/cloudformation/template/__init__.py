"""Templates: parsed, checked, their functions evaluated. Knows no stack."""
